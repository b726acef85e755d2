// What an agent writes while it runs: the present graph, again and again.
import assert from "node:assert/strict";
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { file, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";
import { dial, liveAgent } from "./support/live-agent.ts";

const BOUND = { timeout: 60_000 };
/** `2 refused` of the only edge. */
const REFUSED = / {2}(\d+) refused /;

test("a table is printed again and again, each with what was seen until then", BOUND, async (t) => {
  const agent = liveAgent(t, ["--format", "table", "--every", "1s"]);
  await agent.printed("the table is written to standard output every 1 s until Ctrl-C or SIGTERM");
  dial(agent, 8080);
  await until("a table has the connection", () => / 1 refused /.test(agent.output()));
  dial(agent, 8080);
  await until("a later table has both", () => / 2 refused /.test(agent.output()));
  const { code, stdout, stderr } = await agent.stop();
  assert.equal(code, 0, stderr);
  const counts = stdout
    .split("\n")
    .flatMap((line) => REFUSED.exec(line)?.[1] ?? [])
    .map(Number);
  assert.deepEqual(
    counts,
    [...counts].sort((a, b) => a - b),
  );
  assert.equal(counts.at(-1), 2);
});

for (const [name, end] of [
  ["map.html", "</html>\n"],
  ["graph.json", "}\n"],
] as const) {
  test(`${name} always holds a whole graph, and is renewed while the agent runs`, BOUND, async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, name);
    const target = file(folder, `target-${name}`, "what it was");
    chmodSync(target, 0o640);
    symlinkSync(target, path);
    const agent = liveAgent(t, ["-o", path, "--every", "1s"]);
    await agent.printed(`is written to ${path} every 1 s`);
    assert.equal(readFileSync(path, "utf8"), "what it was");
    dial(agent, 8080);
    const versions = new Set<number>();
    await until("it is renewed twice", () => {
      const text = readFileSync(path, "utf8");
      if (text !== "what it was") assert.ok(text.endsWith(end), text.slice(-40));
      versions.add(statSync(path).ino);
      return versions.size >= 4 && text.includes("refused");
    });
    const { code, stderr } = await agent.stop();
    assert.equal(code, 0, stderr);
    assert.ok(readFileSync(path, "utf8").endsWith(end));
    assert.ok(lstatSync(path).isSymbolicLink());
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(folder).sort(), [name, `target-${name}`].sort());
  });
}

test("a graph in a file is renewed every 5 s without --every, and lines are not", BOUND, async (t) => {
  const path = join(temporaryFolder(t), "map.svg");
  const agent = liveAgent(t, ["-o", path]);
  await agent.printed(`the svg is written to ${path} every 5 s until Ctrl-C or SIGTERM`);
  assert.equal((await agent.stop()).code, 0);
});

for (const [args, message] of [
  [["--format", "table", "--every", "0s"], /invalid --every "0s": expected a duration from 1s to 1d, such as 5s/],
  [["--format", "table", "--every", "often"], /invalid --every "often": expected a duration/],
  [
    ["--format", "jsonl", "--every", "5s"],
    /--every requires output that can be rewritten; use --format table, or a file/,
  ],
  [
    ["--format", "html", "--every", "5s"],
    /--every requires output that can be rewritten; use --format table, or a file/,
  ],
  [["--every", "5s"], /--every requires output that can be rewritten; use --format table, or a file/],
  [["-o", "/proc/map.html", "--every", "5s"], /cannot write -o \/proc\/map\.html \(ENOENT\)/],
  [["-o", "/none/map.html"], /cannot write -o \/none\/map\.html \(its directory does not exist\)/],
] as const) {
  test(`agent ${args.join(" ")} is rejected in one sentence`, async () => {
    const { code, stderr } = await wirespan(["agent", "--no-kubernetes", ...args]);
    assert.match(stderr, message);
    assert.equal(stderr.split("\n").length, 2, stderr);
    assert.equal(code, 2);
  });
}
