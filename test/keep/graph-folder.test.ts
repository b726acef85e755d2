// What goes wrong with the folder of `wirespan keep`: one sentence each, and nothing lost of what was there.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";
import { GrowingAgent } from "./support/growing-agent.ts";
import { keeping, keptGraph, totalOf } from "./support/keeping.ts";

const BOUND = { timeout: 120_000 };
const UNPRIVILEGED = 65_534;

async function setUp(t: TestContext): Promise<{ agent: GrowingAgent; socket: string; folder: string }> {
  const root = temporaryFolder(t);
  chmodSync(root, 0o755);
  const socket = join(root, "agent.sock");
  const agent = new GrowingAgent(socket);
  t.after(() => agent.close());
  await agent.start();
  chmodSync(socket, 0o777);
  const folder = join(root, "kept");
  mkdirSync(folder);
  return { agent, socket, folder };
}

async function kept(agent: GrowingAgent, folder: string): Promise<void> {
  await until("all is kept", async () => totalOf(await keptGraph(folder)) === agent.total);
}

for (const [what, damage] of [
  ["truncated", (text: string) => text.slice(0, -40)],
  ["changed", (text: string) => text.replace(/"count":\d+/, '"count":99')],
  ["empty", () => ""],
  ["of something else", () => "{}\n"],
] as const) {
  test(`a graph that is ${what} is set aside, and a new one begins`, BOUND, async (t) => {
    const { agent, socket, folder } = await setUp(t);
    agent.connect("cart", "redis", 2);
    const first = keeping(t, socket, folder);
    await kept(agent, folder);
    await first.end("SIGTERM");
    const damaged = damage(readFileSync(join(folder, "graph.json"), "utf8"));
    writeFileSync(join(folder, "graph.json"), damaged);
    const keep = keeping(t, socket, folder);
    await until("kept again", () => /, every 1 s\n/.test(keep.stderr()) && readdirSync(folder).includes("graph.json"));
    await keep.end("SIGTERM");
    assert.match(
      keep.stderr(),
      /graph\.json .*; it was renamed to \S+\/graph\.aside-1\.json, and a new graph was started\n/,
    );
    assert.equal(readFileSync(join(folder, "graph.aside-1.json"), "utf8"), damaged);
    assert.equal(totalOf(await keptGraph(folder)), 2);
  });
}

test("the fourth damaged graph replaces the oldest one that was set aside", BOUND, async (t) => {
  const { socket, folder } = await setUp(t);
  for (let i = 1; i <= 4; i++) {
    writeFileSync(join(folder, "graph.json"), `damaged ${i}`);
    const keep = keeping(t, socket, folder);
    await until("set aside", () => /was renamed to/.test(keep.stderr()));
    await keep.end("SIGTERM");
  }
  const aside = readdirSync(folder).filter((name) => name.includes("aside"));
  const texts = aside.map((name) => readFileSync(join(folder, name), "utf8"));
  assert.deepEqual(texts.toSorted(), ["damaged 2", "damaged 3", "damaged 4"]);
});

test(
  "a folder without permission is reported once, nothing there is lost, and it is written when it can be",
  BOUND,
  async (t) => {
    const { agent, socket, folder } = await setUp(t);
    agent.connect("cart", "redis", 2);
    const first = keeping(t, socket, folder);
    await kept(agent, folder);
    await first.end("SIGTERM");
    const before = readFileSync(join(folder, "graph.json"), "utf8");
    // Root may write anywhere.
    const options = process.getuid?.() === 0 ? { uid: UNPRIVILEGED } : {};
    chmodSync(folder, 0o555);
    chmodSync(join(folder, "intents"), 0o555);
    agent.connect("cart", "redis", 2);
    const keep = keeping(t, socket, folder, [], options);
    await until("reported", () => keep.stderr().includes("cannot write"));
    assert.equal(readFileSync(join(folder, "graph.json"), "utf8"), before);
    chmodSync(folder, 0o777);
    chmodSync(join(folder, "intents"), 0o777);
    await kept(agent, folder);
    await until("reported again", () => keep.stderr().includes("the graph is saved\n"));
    assert.equal((await keep.end("SIGTERM")).code, 0);
    assert.match(
      keep.stderr(),
      /cannot write to --folder \S+ \(EACCES\): the graph is only in memory; make it writable for this user; trying again\n/,
    );
    assert.equal(keep.stderr().match(/cannot write/g)?.length, 1);
  },
);

test(
  "a full disk is said once, nothing there is lost, and the graph is written when there is room",
  BOUND,
  async (t) => {
    const { agent, socket, folder } = await setUp(t);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k,mode=777", "tmpfs", folder]);
    if (mounted.status !== 0) {
      const message = "NOT TESTED: this user cannot mount a small tmpfs, so no disk is full; run it as root";
      console.error(`\n  !!! ${message}\n`);
      t.skip(message);
      return;
    }
    try {
      await fillDisk(t, agent, socket, folder);
    } finally {
      spawnSync("umount", ["-l", folder]);
    }
  },
);

async function fillDisk(t: TestContext, agent: GrowingAgent, socket: string, folder: string): Promise<void> {
  agent.connect("cart", "redis", 2);
  const keep = keeping(t, socket, folder);
  await kept(agent, folder);
  const full = join(folder, "full");
  assert.throws(() => writeFileSync(full, Buffer.alloc(1 << 20)), /ENOSPC/);
  for (let i = 0; i < 50; i++) agent.connect("cart", `server-${i}`);
  await until("reported", () => keep.stderr().includes("cannot write"));
  assert.equal(totalOf(await keptGraph(folder)), 2);
  assert.match(
    keep.stderr(),
    /\(ENOSPC\): the graph is only in memory; free space there, or enlarge its volume; trying again\n/,
  );
  rmSync(full);
  await kept(agent, folder);
  assert.equal((await keep.end("SIGTERM")).code, 0);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith(".")),
    [],
  );
}

test("what can never work ends at once, with exit code 2", BOUND, async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "bad/graph.json"), { recursive: true });
  for (const [args, reason] of [
    [["--agent", "9464", "--folder", join(folder, "file")], /--folder \S+ is not a directory; choose another path/],
    [
      ["--agent", "9464", "--folder", join(folder, "bad")],
      /cannot read the kept graph \S+ \(EISDIR\); make it readable, or move it away/,
    ],
    [["--agent", "10.0.0.1:9464", "--folder", folder], /invalid --agent "10\.0\.0\.1:9464": expected unix:PATH/],
    [["--agent", "9464", "--folder", folder, "--every", "0s"], /invalid --every "0s": expected a duration/],
  ] as const) {
    const { code, stderr } = await wirespan(["keep", ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, reason);
  }
});
