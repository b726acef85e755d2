import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createExporter } from "../../src/export/create-exporter.ts";
import type { Interaction } from "../../src/model/interaction.ts";
import { failedLookup, interaction, refused, workload } from "../export/support/sample-interactions.ts";
import { type CollectorProcess, startCollector } from "./support/collector-process.ts";
import type { CountedEdge } from "./support/counted-edges.ts";

let collector: CollectorProcess;
before(async () => {
  collector = await startCollector();
});
after(() => collector.stop());

async function send(interactions: readonly Interaction[], env: Record<string, string> = {}) {
  const exporter = await createExporter(
    // Many senders share one busy process here: what takes long is not lost.
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: "60000", ...env },
    { version: "0.0.0", keepNodes: false, times: "replay" },
  );
  exporter.start();
  for (const one of interactions) {
    await exporter.waitForRoom(1);
    exporter.add(one);
  }
  const result = await exporter.drain();
  await exporter.shutdown();
  assert.ok(result.complete, result.problem ?? JSON.stringify(result.counters));
  return result;
}

/** What this test's pairs added to the counts. */
async function added(earlier: readonly CountedEdge[], requests: number): Promise<CountedEdge[]> {
  const key = (edge: CountedEdge) => [edge.clientNamespace, edge.client, edge.serverNamespace, edge.server].join(" ");
  const known = new Map(earlier.map((edge) => [key(edge), edge]));
  const total = earlier.reduce((sum, edge) => sum + edge.requests, 0);
  const edges = (await collector.edgesOf(total + requests)).map((edge) => ({
    ...edge,
    requests: edge.requests - (known.get(key(edge))?.requests ?? 0),
    failed: edge.failed - (known.get(key(edge))?.failed ?? 0),
  }));
  return edges.filter((edge) => edge.requests > 0);
}

async function assertNothingLost(): Promise<void> {
  assert.equal(await collector.ownCounter("otelcol_connector_servicegraph_dropped_spans"), 0);
  assert.equal(await collector.ownCounter("otelcol_connector_servicegraph_expired_edges"), 0);
  const names = new Set((await collector.edges()).flatMap(({ client, server }) => [client, server]));
  for (const wrong of ["user", "unknown", ""]) assert.ok(!names.has(wrong), `"${wrong}" is in the graph`);
}

function edge(client: string, server: string, requests: number, failed: number, namespaces = ["", ""]): CountedEdge {
  const [clientNamespace = "", serverNamespace = ""] = namespaces;
  return { client, clientNamespace, server, serverNamespace, requests, failed };
}

test("every kind of end and outcome arrives as exactly its edge, failed ones as failed", async () => {
  const before = await collector.edges();
  const node = { type: "node", name: "worker-w" } as const;
  await send([
    ...Array.from({ length: 7 }, () => interaction()),
    ...Array.from({ length: 3 }, () => refused()),
    interaction({ client: workload("orders", "staging") }),
    interaction({ client: node, server: { type: "external", name: "api.example.com" } }),
    interaction({ client: { ...node, name: "worker-m" }, server: { type: "external", name: "api.example.com" } }),
    interaction({ outcome: "timed_out", errorType: "timed_out", server: { type: "unresolved", address: "10.9.9.9" } }),
    interaction({ client: { type: "external", name: "external" } }),
    failedLookup(),
    interaction({ evidence: "lookup", outcome: "resolved", server: workload("cache", "media", "StatefulSet") }),
  ]);
  assert.deepEqual(await added(before, 17), [
    edge("external", "profile", 1, 0, ["", "media"]),
    edge("node", "api.example.com", 2, 0),
    edge("orders", "unresolved", 1, 1, ["shop", ""]),
    edge("orders", "cache", 1, 0, ["shop", "media"]),
    edge("orders", "profile", 10, 3, ["shop", "media"]),
    edge("orders", "gone", 1, 1, ["shop", "shop"]),
    edge("orders", "profile", 1, 0, ["staging", "media"]),
  ]);
  await assertNothingLost();
});

test("live pairs keep their times and arrive with the regular flush", async () => {
  const before = await collector.edges();
  const exporter = await createExporter(
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_BSP_SCHEDULE_DELAY: "50" },
    { version: "0.0.0", keepNodes: true, times: "live" },
  );
  exporter.start();
  exporter.add(interaction({ client: { type: "node", name: "worker-w" }, timeMicros: Date.now() * 1000 }));
  assert.deepEqual(await added(before, 1), [edge("worker-w", "profile", 1, 0, ["", "media"])]);
  await exporter.shutdown();
});
