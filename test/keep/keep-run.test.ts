// `wirespan keep` as a process, beside agents that grow and restart.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { requestHealth } from "../../src/telemetry/health-client.ts";
import { temporaryFolder } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";
import { GrowingAgent } from "./support/growing-agent.ts";
import { countsOf, keeping, keptGraph, totalOf } from "./support/keeping.ts";

const BOUND = { timeout: 240_000 };
const KILLS = 12;
const RUNS = 5;

async function setUp(t: TestContext): Promise<{ agent: GrowingAgent; socket: string; folder: string }> {
  const root = temporaryFolder(t);
  const socket = join(root, "agent.sock");
  const agent = new GrowingAgent(socket);
  t.after(() => agent.close());
  await agent.start();
  const folder = join(root, "kept");
  mkdirSync(folder, { mode: 0o777 });
  return { agent, socket, folder };
}

/** Waits until the folder has everything that the agent saw. */
async function kept(agent: GrowingAgent, folder: string): Promise<void> {
  await until("all is kept", async () => totalOf(await keptGraph(folder)) === agent.total);
}

test("killed at random moments, with an agent that restarts, the kept sums are the truth", BOUND, async (t) => {
  const { agent, socket, folder } = await setUp(t);
  let isDone = false;
  let kills = 0;
  let last = 0;
  const killing = (async () => {
    while (!isDone) {
      const keep = keeping(t, socket, folder);
      // From before the folder is opened to after several rounds.
      await delay(Math.random() * 2_500);
      if (isDone && kills >= KILLS) return keep.end("SIGTERM");
      await keep.end("SIGKILL");
      kills++;
      assert.doesNotMatch(keep.stderr(), /was renamed|cannot/);
      const total = totalOf(await keptGraph(folder));
      assert.ok(total >= last, `${total} after ${last}`);
      last = total;
    }
    return null;
  })();
  for (let run = 0; run < RUNS || kills < KILLS; run++) {
    for (let i = 0; i < 20; i++) {
      agent.connect("frontend", `server-${i % 7}`, 1 + (i % 3));
      await delay(20);
    }
    await kept(agent, folder);
    await agent.start();
  }
  isDone = true;
  await killing;
  const keep = keeping(t, socket, folder);
  agent.connect("frontend", "server-0");
  await kept(agent, folder);
  assert.equal((await keep.end("SIGTERM")).code, 0);
  assert.deepEqual(countsOf(await keptGraph(folder)), new Map([...agent.truth].toSorted()));
  t.diagnostic(`${kills} kills, ${agent.total} connections`);
});

test("20 runs of the agent add up, each once, however often keep reads and restarts", BOUND, async (t) => {
  const { agent, socket, folder } = await setUp(t);
  let keep = keeping(t, socket, folder);
  for (let run = 0; run < 20; run++) {
    agent.connect("cart", "redis", 3);
    await kept(agent, folder);
    await agent.start();
    if (run % 7 !== 6) continue;
    await keep.end("SIGTERM");
    keep = keeping(t, socket, folder);
  }
  await keep.end("SIGTERM");
  const graph = await keptGraph(folder);
  assert.deepEqual(countsOf(graph), new Map([["cart redis", 60]]));
  assert.ok((graph?.observed.length ?? 0) >= 20);
});

test("SIGTERM reads once more, so nothing since the last interval is lost", BOUND, async (t) => {
  const { agent, socket, folder } = await setUp(t);
  agent.connect("cart", "redis");
  const keep = keeping(t, socket, folder, ["--every", "1h"].slice(2));
  await kept(agent, folder);
  agent.connect("cart", "redis", 5);
  assert.equal((await keep.end("SIGTERM")).code, 0);
  assert.equal(totalOf(await keptGraph(folder)), 6);
});

test("serves graph and intents on a Unix socket, and writes a file of intents for each workload", BOUND, async (t) => {
  const { agent, socket, folder } = await setUp(t);
  const own = join(folder, "keep.sock");
  const intents = join(folder, "intents");
  mkdirSync(intents);
  writeFileSync(join(intents, "old.shop.yaml"), "# written by wirespan keep\nold: true\n");
  writeFileSync(join(intents, "mine.yaml"), "mine: true\n");
  writeFileSync(join(folder, ".graph.json.01234567-0123-0123-0123-0123456789ab"), "unfinished");
  agent.connect("cart", "redis", 2);
  const keep = keeping(t, socket, folder, ["--listen", `unix:${own}`]);
  await kept(agent, folder);
  await until("ready", async () => (await requestHealth(own, "readyz", 1_000)).status === 200);
  assert.equal((await requestHealth(own, "graph", 1_000)).text, readFileSync(join(folder, "graph.json"), "utf8"));
  const served = await requestHealth(own, "intents", 1_000);
  assert.match(served.text, /^---\napiVersion: k8s\.otterize\.com\/v2beta1\nkind: ClientIntents$/m);
  assert.equal((await requestHealth(own, "metrics", 1_000)).text, "the paths are /livez, /readyz, /graph, /intents\n");
  assert.equal((await keep.end("SIGTERM")).code, 0);
  assert.deepEqual(readdirSync(intents).toSorted(), ["cart.shop.yaml", "mine.yaml"]);
  assert.match(
    readFileSync(join(intents, "cart.shop.yaml"), "utf8"),
    /redis, kind: Deployment \} # tcp 8080, 2 connections/,
  );
  assert.deepEqual(readdirSync(folder).toSorted(), ["graph.json", "intents"]);
});

test("an agent that does not answer, and answers again, is reported once each", BOUND, async (t) => {
  const { agent, socket, folder } = await setUp(t);
  agent.close();
  const keep = keeping(t, socket, folder);
  await until("said", () => keep.stderr().includes("no graph from the agent"));
  await agent.start();
  agent.connect("cart", "redis");
  await kept(agent, folder);
  await until("said again", () => keep.stderr().includes("answers again"));
  await keep.end("SIGTERM");
  assert.match(
    keep.stderr(),
    /no graph from the agent at unix:\S+: nothing answers there \((ENOENT|ECONNREFUSED)\); start the agent with --listen at this address\n/,
  );
  assert.equal(keep.stderr().split("\n").length, 4, keep.stderr());
});
