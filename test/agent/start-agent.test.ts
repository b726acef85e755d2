// The agent without its command: what it asks for, and in which order. As a person runs it: agent.test.ts.
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { ownAddresses, startAgent } from "../../src/agent/agent.ts";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { CaptureError } from "../../src/model/errors.ts";
import { capture } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";

const BOUND = { timeout: 60_000 };
const SILENT = { interaction() {}, time() {}, sensorEvent() {} };

function pipelineOptions(feed = new ClusterFeed([], [])) {
  return { feed, node: "ours", agents: null, dnsPorts: [53], externalCidrs: [], clusterDomain: "cluster.local" };
}

test("news is read before time moves on, and once more at the end, before what waits is decided", BOUND, async () => {
  const happened: string[] = [];
  const agent = await startAgent(
    {
      source: { type: "file", path: capture("node-a") },
      pipeline: pipelineOptions(),
      applyUpdates: () => happened.push("news"),
    },
    { ...SILENT, interaction: () => happened.push("interaction"), time: () => happened.push("time") },
  );
  await agent.ended;
  happened.forEach((what, i) => {
    if (what === "time")
      assert.ok(happened.slice(0, i).findLast((each) => each !== "interaction") === "news", `at ${i}`);
  });
  const last = happened.lastIndexOf("news");
  assert.ok(last > happened.lastIndexOf("time"));
  // What was last waits for its names until then.
  assert.ok(happened.lastIndexOf("interaction") > last);
  const { interactions, outcomes, packets, sensor } = agent.stats();
  assert.equal(interactions, happened.filter((what) => what === "interaction").length);
  assert.equal(
    Object.values(outcomes).reduce((sum, count) => sum + count, 0),
    interactions,
  );
  assert.ok(packets > 100);
  assert.deepEqual(sensor, {
    ...{ starts: 1, lost: { exited: 0, killed: 0, silent: 0, garbled: 0 } },
    ...{ lastReason: null, cutShort: null, unread: 0 },
  });
});

test(
  "the addresses of this machine's interfaces are the node's from the start, and are read again and again",
  BOUND,
  async (t) => {
    const [address] = ownAddresses();
    if (address === undefined) return t.skip("NOT TESTED: this machine has no address but the loopback's");
    const feed = new ClusterFeed([], []);
    const isOurs = () => feed.index.nodes.at(address, 0)?.type === "node";
    const agent = await startAgent(
      { source: { type: "device", device: "lo" }, pipeline: pipelineOptions(feed), applyUpdates() {}, renewMillis: 20 },
      SILENT,
    );
    t.after(() => agent.stop());
    assert.equal(isOurs(), true);
    // As if the interface had come up just now.
    feed.index.setOwnAddresses("ours", []);
    assert.equal(isOurs(), false);
    await until("the address is found again", isOurs);
  },
);

test("addresses of the loopback are no node's", () => {
  const internal = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const loopback = internal.filter((each) => each.internal).map(({ address }) => address);
  assert.ok(loopback.length > 0);
  for (const address of ownAddresses()) assert.ok(!loopback.includes(address), address);
});

test("a file that cannot be read rejects at the start, and a stop after the end does no harm", BOUND, async () => {
  const options = (path: string) => ({
    source: { type: "file", path } as const,
    pipeline: pipelineOptions(),
    applyUpdates() {},
  });
  await assert.rejects(startAgent(options("/no/such.pcap"), SILENT), CaptureError);
  const agent = await startAgent(options(capture("node-a")), SILENT);
  await agent.ended;
  await agent.stop();
  await agent.stop();
});
