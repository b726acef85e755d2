import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { GraphEdge, GraphNode } from "../../src/model/service-graph.ts";
import { repositoryRoot } from "../support/paths.ts";
import { type CollectorProcess, startCollector } from "./support/collector-process.ts";

const run = promisify(execFile);
const cli = fileURLToPath(new URL("../../bin/cli.js", import.meta.url));
const recording = join(repositoryRoot, "test/lab/recording");

let collector: CollectorProcess;
before(async () => {
  collector = await startCollector();
});
after(() => collector.stop());

/** The demo's arguments: every node's capture, with the cluster as its agents would know it. */
function demoArguments(): string[] {
  const lab = JSON.parse(readFileSync(join(recording, "lab.json"), "utf8"));
  const nodes: string[] =
    lab.nodesWithAgent ??
    lab.nodes.map((node: string | { name: string }) => (typeof node === "string" ? node : node.name));
  return [
    "--cluster",
    join(recording, "cluster.json"),
    "--events",
    join(recording, "events.jsonl"),
    ...nodes.flatMap((node) => ["--capture", `${node}=${join(recording, `${node}.pcap`)}`]),
    "--agents",
    nodes.join(","),
  ];
}

/** `namespace/name` of both ends, as the Collector's labels have them. */
function keyOf(client: { namespace: string | null; name: string }, server: { namespace: string | null; name: string }) {
  return `${client.namespace ?? ""}/${client.name} -> ${server.namespace ?? ""}/${server.name}`;
}

test("the Collector shows exactly the graph of the demo: every edge, every count, failed ones as failed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-demo-"));
  const [graphFile, statsFile] = [join(folder, "graph.json"), join(folder, "stats.json")];
  const args = ["replay", ...demoArguments(), "--otlp", "--format", "json", "-o", graphFile, "--stats", statsFile];
  await run(process.execPath, [cli, ...args], {
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_SERVICE_NAME: "wirespan" },
  });
  const graph: { nodes: GraphNode[]; edges: GraphEdge[] } = JSON.parse(readFileSync(graphFile, "utf8"));
  const { pairs } = JSON.parse(readFileSync(statsFile, "utf8"));
  assert.ok(graph.edges.length > 0 && pairs.made > 0);
  assert.equal(pairs.sent, pairs.made);

  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const expected = new Map<string, { requests: number; failed: number; resolved: number }>();
  for (const { client, server, outcomes } of graph.edges) {
    const key = keyOf(nodes.get(client) as GraphNode, nodes.get(server) as GraphNode);
    const sum = expected.get(key) ?? { requests: 0, failed: 0, resolved: 0 };
    const failedConnections = outcomes.refused + outcomes.timed_out + outcomes.unreachable;
    const failed = failedConnections + outcomes.host_not_found + outcomes.try_again;
    sum.requests += outcomes.established + failed;
    sum.failed += failed;
    sum.resolved += outcomes.resolved;
    expected.set(key, sum);
  }

  const counted = await collector.edgesOf(pairs.made);
  assert.equal(
    counted.reduce((sum, edge) => sum + edge.requests, 0),
    pairs.made,
  );
  for (const edge of counted) {
    const key = keyOf(
      { namespace: edge.clientNamespace, name: edge.client },
      { namespace: edge.serverNamespace, name: edge.server },
    );
    const wanted = expected.get(key);
    assert.ok(wanted !== undefined, `${key} is not in the graph`);
    expected.delete(key);
    assert.equal(edge.failed, wanted.failed, key);
    // Of lookups that succeeded only as many go out as it takes to draw the edge.
    const lookups = edge.requests - wanted.requests;
    const fewest = wanted.requests === 0 ? 1 : 0;
    assert.ok(lookups >= fewest && lookups <= wanted.resolved, `${key}: ${edge.requests}, not ${wanted.requests}`);
  }
  assert.deepEqual([...expected.keys()], []);

  const names = new Set(counted.flatMap(({ client, server }) => [client, server]));
  for (const wrong of ["user", "unknown", "wirespan", ""]) assert.ok(!names.has(wrong), `"${wrong}" is in the graph`);
  for (const name of names) assert.doesNotMatch(name, /^\d+\.\d+\.\d+\.\d+$/);
  assert.equal(await collector.ownCounter("otelcol_connector_servicegraph_dropped_spans"), 0);
  assert.equal(await collector.ownCounter("otelcol_connector_servicegraph_expired_edges"), 0);
});

test("a replay to a Collector that is not there gives its result, one sentence and a non-zero exit", async () => {
  const gone = await startCollector();
  await gone.stop();
  const failure = await run(process.execPath, [cli, "replay", ...demoArguments(), "--otlp", "--format", "table"], {
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: gone.endpoint },
  }).then(
    () => assert.fail("it ended with exit code 0"),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  assert.equal(failure.code, 1);
  assert.ok(failure.stdout.split("\n").length > 5);
  assert.match(failure.stderr, /the Collector at http:\/\/127\.0\.0\.1:\d+ refuses the connection: start it[^\n]*\n/);
});
