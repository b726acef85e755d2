import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { Completeness } from "../../src/output/completeness.ts";
import { createResults } from "../../src/output/destinations.ts";
import { Output } from "../../src/output/output.ts";
import { ReplayRun } from "../../src/replay/replay-run.ts";
import { replayStats } from "../../src/replay/replay-summary.ts";

test("a replay that is interrupted before it reads anything counts nothing, and says why", async () => {
  const options = {
    ...{ feed: new ClusterFeed([], []), node: null, agents: null },
    ...{ dnsPorts: [53], externalCidrs: [], clusterDomain: "cluster.local" },
  };
  const results = createResults("table", {
    ...{ output: new Output(undefined), keepNodes: false, hasCluster: false, horizonMicros: 0 },
  });
  const run = new ReplayRun(results, { keepsInstrumented: false, maxPairsPerEdge: null, aggregates: false }, null);
  const told = await run.replayAll([{ files: ["node.pcap"], options }], [0], AbortSignal.abort());
  const completeness = new Completeness(told.flatMap(({ problems }) => problems));
  const stats = replayStats({ told, pairs: run.pairs, exporter: null, results, completeness });
  assert.equal(stats.packets, 0);
  assert.deepEqual(stats.problems, ["it was interrupted before node.pcap was read"]);
  assert.deepEqual(stats.recordings, [{ node: null, files: ["node.pcap"], packets: 0, interactions: 0 }]);
});
