import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Completeness } from "../../src/output/completeness.ts";
import { createResults } from "../../src/output/destinations.ts";
import { Output } from "../../src/output/files/output.ts";
import { makeInteraction } from "../render/support/shop-graph.ts";

const MAX_EDGES = 50_000;

test("a full graph is incomplete in the result, the exit code and the counters", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-room-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "edges.json");
  const options = { output: new Output(path), keepNodes: false, hasCluster: true, horizonMicros: 0 };
  const results = createResults("json", options);
  const client = { type: "external", name: "client" } as const;
  for (let i = 0; i < MAX_EDGES + 3; i++) {
    results.add(makeInteraction({ client, server: { type: "external", name: `server-${i}` } }), false);
  }
  const completeness = await Completeness.finish(results, ["something else is missing"]);
  const { incomplete, edges } = JSON.parse(readFileSync(path, "utf8"));
  assert.match(incomplete[0], /^3 interactions dropped: the graph is full \(50000 edges\)/);
  assert.equal(incomplete[1], "something else is missing");
  assert.deepEqual([...completeness.problems].sort(), incomplete);
  assert.equal(completeness.exitCode, 1);
  assert.equal(completeness.problems.length, 2);
  assert.deepEqual(results.evicted(), {
    edgeInteractions: 3,
    edgeNames: 0,
    edgePorts: 0,
    edgeFlows: 0,
    edgeAddresses: 0,
    clientResolvers: 0,
  });
  assert.equal(edges.length, MAX_EDGES);
});
