// What an agent has in hand when it ends goes out first: results that take time, pairs that wait for their flush.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { networkNamespace } from "../support/network-namespace.ts";
import { until } from "../support/until.ts";
import { acceptingCollector } from "./support/accepting-collector.ts";
import { CLI, CLUSTER, capture, cleanEnvironment, ended, temporaryFolder, wirespan } from "./support/wirespan.ts";

const BOUND = { timeout: 60_000 };

for (const format of ["html", "svg", "json"]) {
  test(`a graph as ${format} is written to its end before the agent ends`, BOUND, async (t) => {
    const folder = temporaryFolder(t);
    const [live, replayed] = [join(folder, "live"), join(folder, "replayed")];
    const about = [...CLUSTER, "--node", "node-a", "--format", format];
    const runs = await Promise.all([
      wirespan(["agent", "--file", capture("node-a"), ...about, "-o", live]),
      wirespan(["replay", capture("node-a"), ...about, "-o", replayed]),
    ]);
    assert.deepEqual(
      runs.map(({ code }) => code),
      [0, 0],
    );
    const text = readFileSync(live, "utf8");
    assert.ok(text.length > 1_000);
    assert.equal(text, readFileSync(replayed, "utf8"));
  });
}

test("pairs that wait for their flush are sent before the agent ends, and said to be", BOUND, async (t) => {
  const namespace = networkNamespace(t);
  const folder = temporaryFolder(t);
  const socket = `unix:${join(folder, "collector")}`;
  const { requests } = await acceptingCollector(t, socket);
  const stats = join(folder, "stats.json");
  const args = ["agent", "--device", "any", "--no-kubernetes", "--otlp", "--stats", stats];
  const env = cleanEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: socket, OTEL_BSP_SCHEDULE_DELAY: "60000" });
  // An address of its own: what stays on the loopback's is never drawn.
  namespace.run("ip", "address", "add", "10.99.0.1/32", "dev", "lo");
  const agent = spawn("ip", ["netns", "exec", namespace.name, process.execPath, CLI, ...args], { env });
  t.after(() => agent.kill("SIGKILL"));
  const end = ended(agent);
  let said = "";
  agent.stderr.on("data", (text) => {
    said += text;
  });
  const made = (): number => {
    try {
      return JSON.parse(readFileSync(stats, "utf8")).pairs.made;
    } catch {
      return 0;
    }
  };
  await until("it sends", () => said.includes("sending span pairs to"));
  for (let i = 0; i < 3; i++) namespace.run(process.execPath, "-e", dial("10.99.0.1", 8080));
  await until("the pairs are made", () => made() >= 3);
  assert.equal(requests(), 0);
  agent.kill("SIGTERM");
  const { code, stderr } = await end;
  assert.equal(code, 0, stderr);
  assert.ok(requests() > 0, stderr);
  const { pairs } = JSON.parse(readFileSync(stats, "utf8"));
  assert.equal(pairs.sent, pairs.made);
  assert.ok(stderr.endsWith(`wirespan: ${pairs.made} of ${pairs.made} span pairs accepted by ${socket}\n`), stderr);
});

/** A script that opens one connection; nobody listens, so it is refused. */
function dial(address: string, port: number): string {
  return `require("node:net").connect(${port}, "${address}").on("error", () => {})`;
}
