import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { pairStats } from "../../src/output/destinations.ts";
import { Pipeline } from "../../src/pipeline.ts";
import { replayRecordings } from "../../src/replay/replay-recordings.ts";
import { replayStats } from "../../src/replay/replay-summary.ts";

test("a replay that is interrupted before it reads anything counts nothing, and says why", async () => {
  const options = {
    feed: new ClusterFeed([], []),
    node: null,
    agents: null,
    dnsPorts: [53],
    externalCidrs: [],
    clusterDomain: "cluster.local",
  };
  const rules = { keepsInstrumented: false, maxPairsPerEdge: null, aggregates: false };
  const pipeline = new Pipeline(rules, { interaction() {}, pair() {} });
  const control = { sizes: [0], stopping: AbortSignal.abort(), pause: async () => {} };
  const replayed = await replayRecordings([{ files: ["node.pcap"], options }], pipeline, control);
  const problems = replayed.flatMap((each) => each.problems);
  const stats = replayStats({ replayed, pairs: pairStats(pipeline.pairCounts, null), results: null, problems });
  assert.equal(stats.packets, 0);
  assert.deepEqual(stats.problems, ["interrupted before node.pcap was read"]);
  assert.deepEqual(stats.recordings, [{ node: null, files: ["node.pcap"], packets: 0, interactions: 0 }]);
});
