import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { readClusterFile } from "../../src/kubernetes/files/cluster-file.ts";
import { readEventsFile } from "../../src/kubernetes/files/events-file.ts";
import type { ClusterEvent } from "../../src/kubernetes/objects/cluster-event.ts";
import { Pipeline } from "../../src/pipeline.ts";
import { replay } from "../../src/replay/replay.ts";
import { repositoryRoot } from "../support/paths.ts";

const folder = join(repositoryRoot, "test/lab/recording");
const objects = readClusterFile(join(folder, "cluster.json"));

function recordingOptions(events: readonly ClusterEvent[]) {
  return {
    feed: new ClusterFeed(objects, events),
    node: "node-a",
    agents: null,
    dnsPorts: [53],
    externalCidrs: [],
    clusterDomain: "cluster.local",
  };
}

function newPipeline(): Pipeline {
  const rules = { keepsInstrumented: true, maxPairsPerEdge: null, aggregates: false };
  return new Pipeline(rules, { interaction() {}, pair() {} });
}

function replayWith(events: readonly ClusterEvent[]) {
  return replay({ files: [join(folder, "node-a.pcap")], options: recordingOptions(events) }, newPipeline());
}

test("files are closed after a replay, one or several", async () => {
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  for (let i = 0; i < 5; i++) await replayWith([]);
  const options = { ...recordingOptions([]), node: null };
  await replay({ files: [join(folder, "node-a.pcap"), join(folder, "node-b.pcap")], options }, newPipeline());
  assert.ok(open() <= before, `${open()} files are open, ${before} were`);
});

test("with a log of events that begins before the capture the result is complete", async () => {
  assert.deepEqual((await replayWith(readEventsFile(join(folder, "events.jsonl")))).problems, []);
});

test("a log of events that begins after the capture makes the result incomplete, with a sentence", async () => {
  const events = readEventsFile(join(folder, "events.jsonl"));
  const lateMicros = (events[0]?.timeMicros ?? 0) + 8e6;
  const listed = objects.map((object): ClusterEvent => ({ timeMicros: lateMicros, type: "ADDED", object }));
  const { problems } = await replayWith(listed);
  assert.match(
    problems.join(),
    /^the events log lists the cluster \d+\.\d s after the first packet.*start the log before/,
  );
});
