// Live capture without the command: order of calls, and addresses of the machine. With the command: agent.test.ts.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startNodeCapture } from "../../src/agent/node-capture.ts";
import { ownAddresses } from "../../src/agent/own-addresses.ts";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { CaptureError } from "../../src/model/errors.ts";
import { LinkType } from "../../src/model/packet.ts";
import { Pipeline } from "../../src/pipeline.ts";
import { Sensor } from "../../src/sensor/sensor.ts";
import { VERSION } from "../../src/version.ts";
import { sightings } from "../correlate/support/address-book.ts";
import { answer, query } from "../correlate/support/dns-messages.ts";
import { dnsFrame } from "../correlate/support/frames.ts";
import { BEGIN_MICROS, MILLIS, SECONDS } from "../correlate/support/sensor-run.ts";
import { capture, temporaryFolder } from "../support/cli/wirespan.ts";
import { packetOf } from "../support/packet-builder.ts";
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

/** A sensor of the test's own, whose facts go to this socket. */
function sensorTo(socket: Socket, id: string): Sensor {
  const sensor = new Sensor({ dnsPorts: [53] }, (batch) => socket.write(Buffer.from(batch)));
  sensor.beginStream({ wirespan: VERSION, sensor: id, device: "any", dnsPorts: [53], isBusy: false });
  return sensor;
}

test(
  "a lookup right before the loss of a sensor is unfinished: its connection may be among the lost packets",
  BOUND,
  async (t) => {
    const asked = { name: "api.example.com" };
    const server = createServer();
    const path = join(temporaryFolder(t), "sensor.sock");
    await once(server.listen(path), "listening");
    t.after(() => server.close());
    const interactions: unknown[] = [];
    let timeMicros = 0;
    const started = await startNodeCapture(
      { source: { type: "socket", path }, node: { ...nodeOptions(), node: null }, applyUpdates() {} },
      pipelineTo(() => interactions.push("interaction")),
      {
        ...SILENT,
        time(micros) {
          timeMicros = micros;
        },
      },
    );
    t.after(() => started.stop());
    for (const [sensor, atMicros] of [
      ["lost", 0],
      ["next", 2 * SECONDS],
    ] as const) {
      const [socket] = (await once(server, "connection")) as [Socket];
      const from = sensorTo(socket, sensor);
      for (const [path, message, micros] of [
        ["in C>DNS", query(asked), 0],
        ["in DNS>C", answer(asked, ["203.0.113.1"]), MILLIS],
      ] as const) {
        if (sensor === "next") continue;
        const [one] = sightings(path, "IPv4");
        assert.ok(one);
        const at = { timeMicros: BEGIN_MICROS + micros, linkType: LinkType.linuxSll };
        from.packet(packetOf(dnsFrame(one, message), at));
      }
      for (let micros = atMicros; micros < atMicros + 20 * SECONDS; micros += 200 * MILLIS) {
        from.tick(BEGIN_MICROS + micros);
        if (sensor === "lost" && micros >= 400 * MILLIS) break;
      }
      const reportedMicros = BEGIN_MICROS + (sensor === "lost" ? 400 * MILLIS : 21 * SECONDS);
      await until("the agent has read the facts", () => timeMicros >= reportedMicros);
      socket.destroy();
    }
    await started.stop();
    assert.deepEqual(interactions, []);
    assert.equal(started.stats().factsIgnored.unfinished, 1);
  },
);
