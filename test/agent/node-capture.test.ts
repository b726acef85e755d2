// Live capture without the command: order of calls, and addresses of the machine. With the command: agent.test.ts.
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { startNodeCapture } from "../../src/agent/node-capture.ts";
import { ownAddresses } from "../../src/agent/own-addresses.ts";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { CaptureError } from "../../src/model/errors.ts";
import { Pipeline } from "../../src/pipeline.ts";
import { capture } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";

const BOUND = { timeout: 60_000 };
const SILENT = { time() {}, sensorEvent() {}, problem() {} };

function nodeOptions(feed = new ClusterFeed([], [])) {
  return { feed, node: "ours", agents: null, dnsPorts: [53], externalCidrs: [], clusterDomain: "cluster.local" };
}

function pipelineTo(interaction: () => void): Pipeline {
  const rules = { keepsInstrumented: true, maxPairsPerEdge: null, aggregates: false };
  return new Pipeline(rules, { interaction, pair() {} });
}
const pipeline = pipelineTo(() => {});

test(
  "cluster updates are applied before packet time advances, and once more before pending facts are resolved",
  BOUND,
  async () => {
    const happened: string[] = [];
    const started = await startNodeCapture(
      {
        source: { type: "file", path: capture("node-a") },
        node: nodeOptions(),
        applyUpdates: () => happened.push("update"),
      },
      pipelineTo(() => happened.push("interaction")),
      { ...SILENT, time: () => happened.push("time") },
    );
    await started.ended;
    happened.forEach((what, i) => {
      if (what === "time")
        assert.ok(happened.slice(0, i).findLast((each) => each !== "interaction") === "update", `at ${i}`);
    });
    const last = happened.lastIndexOf("update");
    assert.ok(last > happened.lastIndexOf("time"));
    // The last facts are pending until then.
    assert.ok(happened.lastIndexOf("interaction") > last);
    const { interactions, outcomes, packets, sensor } = started.stats();
    assert.equal(interactions, happened.filter((what) => what === "interaction").length);
    assert.equal(
      Object.values(outcomes).reduce((sum, count) => sum + count, 0),
      interactions,
    );
    assert.ok(packets > 100);
    assert.deepEqual(sensor, {
      starts: 1,
      lost: { exited: 0, killed: 0, silent: 0, garbled: 0, refused: 0 },
      lastReason: null,
      cutShort: null,
      unread: 0,
    });
  },
);

test(
  "the addresses of this machine's interfaces belong to the node from the start, and are read repeatedly",
  BOUND,
  async (t) => {
    const [address] = ownAddresses();
    if (address === undefined) return t.skip("NOT TESTED: this machine has no address but the loopback's");
    const feed = new ClusterFeed([], []);
    const isOurs = () => feed.index.nodes.at(address, 0)?.type === "node";
    const started = await startNodeCapture(
      { source: { type: "device", device: "lo" }, node: nodeOptions(feed), applyUpdates() {}, refreshMillis: 20 },
      pipeline,
      SILENT,
    );
    t.after(() => started.stop());
    assert.equal(isOurs(), true);
    // As if the interface came up now.
    feed.index.setOwnAddresses("ours", []);
    assert.equal(isOurs(), false);
    await until("the address is found again", isOurs);
  },
);

test("the loopback interface has no address of the node", () => {
  const internal = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const loopback = internal.filter((each) => each.internal).map(({ address }) => address);
  assert.ok(loopback.length > 0);
  for (const address of ownAddresses()) assert.ok(!loopback.includes(address), address);
});

test("a file that cannot be read rejects at the start, and a stop after the end has no effect", BOUND, async () => {
  const options = (path: string) => ({
    source: { type: "file", path } as const,
    node: nodeOptions(),
    applyUpdates() {},
  });
  await assert.rejects(startNodeCapture(options("/no/such.pcap"), pipeline, SILENT), CaptureError);
  const started = await startNodeCapture(options(capture("node-a")), pipeline, SILENT);
  await started.ended;
  await started.stop();
  await started.stop();
});
