/**
 * A sensor that packets have taken over may send any bytes: the main process uses them as valid facts, or refuses them with
 * FactStreamError. It throws nothing else, its counts stay numbers, and what it writes can be read. More runs as in
 * caches.test.ts.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AgentGraph } from "../../src/agent/agent-graph.ts";
import { AgentObservation } from "../../src/agent/agent-observation.ts";
import { SensorTotals } from "../../src/agent/capture-stats.ts";
import { agentFacts } from "../../src/agent/fact-handlers.ts";
import { toSpanPair } from "../../src/export/spans/span-pair.ts";
import { FactReader } from "../../src/facts/fact-reader.ts";
import { STREAM_VERSION } from "../../src/facts/record-layout.ts";
import { readGraphFile } from "../../src/graph/file/read-graph-file.ts";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { FactStreamError } from "../../src/model/errors.ts";
import { LinkType } from "../../src/model/packet.ts";
import { LineFrames } from "../../src/output/lines/line-frames.ts";
import { LineWriter } from "../../src/output/lines/line-writer.ts";
import { WaitingLines } from "../../src/output/lines/waiting-lines.ts";
import { Pipeline } from "../../src/pipeline.ts";
import { Sensor } from "../../src/sensor/sensor.ts";
import { refusalOf } from "../../src/sensor/stream-hello.ts";
import { micros } from "../support/cluster/cluster-objects.ts";
import { packetOf } from "../support/packet-builder.ts";
import { OBJECTS } from "./support/attacked-cluster.ts";
import { changedStream, readInChunks, recordsOf } from "./support/changed-stream.ts";
import { fuzzParameters, seeds } from "./support/fuzz-parameters.ts";
import { hostileFrames, randomOf } from "./support/hostile-traffic.ts";

const DNS_PORTS = [53];

/** What a sensor sends for a small capture, in records. */
function recorded(): Uint8Array[] {
  const batches: Uint8Array[] = [];
  const sensor = new Sensor({ dnsPorts: DNS_PORTS }, (batch) => batches.push(batch.slice()));
  sensor.beginStream({ wirespan: "1.0.0", sensor: "first", device: "any", dnsPorts: DNS_PORTS, isBusy: false });
  const random = randomOf(1);
  const source = { device: "any", kernel: { received: 900, dropped: 7, left: 3 }, longestDispatchMillis: 4.5 };
  let nowMicros = micros(0);
  for (let burst = 0; burst < 60; burst++) {
    for (const { afterMicros, frame } of hostileFrames(random).sort((a, b) => a.afterMicros - b.afterMicros)) {
      const timeMicros = nowMicros + afterMicros;
      sensor.packet(packetOf(frame, { linkType: LinkType.linuxSll2, timeMicros }));
    }
    nowMicros += 150_000;
    sensor.tick(nowMicros);
    if (burst % 20 === 0) sensor.reportCounters(source);
  }
  sensor.finish();
  sensor.reportCounters(source);
  sensor.flush();
  return recordsOf(new Uint8Array(Buffer.concat(batches)));
}

/** An agent behind the stream: the facts of all its sensors, one after the other, and what it writes. */
class Agent {
  readonly #totals = new SensorTotals();
  readonly #observation = new AgentObservation(() => this.stats());
  readonly #graph = new AgentGraph(
    { keepNodes: false, hasCluster: true, observed: () => this.#observation.list() },
    () => [],
  );
  readonly #frames = new LineFrames();
  readonly #lines = new WaitingLines();
  readonly #pipeline: Pipeline;
  readonly #facts: ReturnType<typeof agentFacts>;
  readonly #node;
  #nowMillis = 0;

  constructor() {
    const rules = { keepsInstrumented: true, maxPairsPerEdge: null, aggregates: true };
    this.#pipeline = new Pipeline(rules, {
      interaction: (interaction, isBothInstrumented) => {
        this.#graph.add(interaction, isBothInstrumented);
        this.#lines.add(this.#frames.of(interaction), interaction);
      },
      pair(interaction, count) {
        const ids = { spanId: () => "1".repeat(16), traceIdFor: () => "1".repeat(32) };
        const pair = toSpanPair(interaction, { ...ids, keepNodes: false, count });
        assert.ok(0 <= pair.startMicros && pair.startMicros <= pair.endMicros && pair.endMicros < 2 ** 64);
      },
      resolver: (query) => this.#graph.resolver(query),
    });
    const feed = new ClusterFeed(OBJECTS, [], { hasPacketClock: true });
    const options = { feed, node: "a", agents: null, dnsPorts: DNS_PORTS, externalCidrs: [] };
    this.#node = this.#pipeline.node({ ...options, clusterDomain: "cluster.local" });
    this.#observation.start("a");
    this.#facts = agentFacts({
      node: this.#node,
      totals: this.#totals,
      applyUpdates() {},
      time: (at) => this.#observation.advance(at),
      nowMillis: () => this.#nowMillis,
      wallMicros: () => this.#nowMillis * 1_000,
      isLive: true,
    });
  }

  /** The stream of one sensor. Returns whether it was refused. */
  read(stream: Uint8Array, chunkBytes: number): boolean {
    const expected = { streamVersion: STREAM_VERSION, dnsPorts: DNS_PORTS };
    const hello = (said: unknown, version: number) =>
      assert.ok((refusalOf(said, version, expected) ?? "").length < 1_000);
    const reader = new FactReader({ ...this.#facts, hello });
    this.#nowMillis += 3_600_000;
    try {
      readInChunks(reader, stream, chunkBytes);
      return false;
    } catch (error) {
      if (!(error instanceof FactStreamError)) throw error;
      return true;
    } finally {
      this.#totals.end();
    }
  }

  stats() {
    return this.#totals.stats(this.#node.resolveCounters());
  }

  async finish(): Promise<void> {
    this.#node.finish();
    this.#pipeline.finish();
    assert.equal(this.stats().tables.pendingFacts, 0);
    const lines: string[] = [];
    const writer = new LineWriter((bytes) => lines.push(Buffer.from(bytes).toString()));
    this.#lines.writeTo(writer);
    writer.flush();
    for (const line of lines.join("").trim().split("\n").filter(Boolean)) JSON.parse(line);
    await this.check();
  }

  /** What it serves now. */
  async check(): Promise<void> {
    assertCounts(this.stats());
    const chunks = this.#graph.chunks();
    if (chunks !== null) await readGraphFile([Buffer.from([...chunks].join(""))], "the graph");
  }
}

/** All numbers are from 0. */
function assertCounts(value: unknown, path = "stats"): void {
  if (typeof value === "number") assert.ok(value >= 0 && Number.isFinite(value), `${path} is ${value}`);
  if (typeof value !== "object" || value === null) return;
  for (const [name, each] of Object.entries(value)) assertCounts(each, `${path}.${name}`);
}

const records = recorded();
const intact = new Uint8Array(Buffer.concat(records));

test("whatever bytes a sensor sends, they are valid facts or refused, and the facts of the next one are used", async () => {
  const alone = new Agent();
  assert.equal(alone.read(intact, 65_536), false);
  const before = alone.stats().facts;
  assert.ok(before.connections > 20 && before.lookups > 20);
  await alone.finish();
  await fc.assert(
    fc.asyncProperty(seeds, fc.integer({ min: 1, max: 65_536 }), async (changes, chunkBytes) => {
      const agent = new Agent();
      agent.read(changedStream(records, changes.slice(0, 12)), chunkBytes);
      await agent.check();
      const { facts } = agent.stats();
      assert.equal(agent.read(intact, 65_536), false);
      const after = agent.stats().facts;
      assert.equal(after.connections - facts.connections, before.connections);
      assert.equal(after.lookups - facts.lookups, before.lookups);
      await agent.finish();
    }),
    fuzzParameters,
  );
});
