/**
 * Whatever one pod sends, the sensor and the main process end no earlier, count each fact once, and report the connections of
 * another pod. Floods fill the tables, and the clock is set back and forth. For more:
 * `WIRESPAN_FUZZ_RUNS=100 node --test dist/test/fuzz/hostile-traffic.test.js`; WIRESPAN_FUZZ_SEED is the seed of the first run.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FactReader } from "../../src/facts/fact-reader.ts";
import { SpareFacts } from "../../src/facts/spare-facts.ts";
import type { Interaction } from "../../src/model/interaction.ts";
import { LinkType } from "../../src/model/packet.ts";
import { Sensor } from "../../src/sensor/sensor.ts";
import { micros } from "../support/cluster/cluster-objects.ts";
import { lineOf, pipelineOf } from "../support/cluster/watched-cluster.ts";
import { dnsBytes, packetOf, tcp, udp } from "../support/packet-builder.ts";
import { OBJECTS, ORDERS, VIP } from "./support/attacked-cluster.ts";
import { floodOfNames, floodOfSyns } from "./support/hostile-floods.ts";
import {
  DNS,
  EVIL,
  fromPod,
  hostileFrames,
  packet,
  type Random,
  randomOf,
  type Sent,
  toWire,
  WEB,
} from "./support/hostile-traffic.ts";

const { WIRESPAN_FUZZ_RUNS: runs, WIRESPAN_FUZZ_SEED: seed } = process.env;
const RUNS = Number(runs ?? 1);
const SEED = Number(seed ?? (runs === undefined ? 1 : Date.now() % 1e9));
const BURSTS = 250;
const BURSTS_PER_FLOOD = 50;
const FLOOD_GAP_MICROS = 50;
const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;
const NAME = "orders.shop.svc.cluster.local";

/** Facts that are in use: each is taken back once. */
class CountedFacts extends SpareFacts {
  readonly #used = new Set<object>();
  decided = 0;

  override takeConnection() {
    const taken = super.takeConnection();
    this.#used.add(taken);
    return taken;
  }

  override takeLookup() {
    const taken = super.takeLookup();
    this.#used.add(taken);
    return taken;
  }

  override connection(fact: Parameters<SpareFacts["connection"]>[0]): void {
    this.#decide(fact);
    super.connection(fact);
  }

  override lookup(fact: Parameters<SpareFacts["lookup"]>[0]): void {
    this.#decide(fact);
    super.lookup(fact);
  }

  get inUse(): number {
    return this.#used.size;
  }

  #decide(fact: object): void {
    assert.ok(this.#used.delete(fact), "a fact is decided twice");
    this.decided++;
  }
}

class Run {
  readonly interactions: Interaction[] = [];
  readonly #random: Random;
  readonly #spare = new CountedFacts();
  readonly #pipeline = pipelineOf({ objects: OBJECTS, node: "a" }, (interaction) =>
    this.interactions.push(interaction),
  );
  readonly #sensor: Sensor;
  #nowMicros = micros(0);
  #facts = 0;
  victims = 0;

  constructor(random: Random) {
    this.#random = random;
    const pipeline = this.#pipeline;
    Object.assign(pipeline, { spare: this.#spare });
    const reader = new FactReader({
      spare: this.#spare,
      connection: (fact) => {
        this.#facts++;
        pipeline.connection(fact);
      },
      lookup: (fact) => {
        this.#facts++;
        pipeline.lookup(fact);
      },
      time: (at) => {
        pipeline.time(at);
        assert.equal(this.#spare.inUse, pipeline.resolveCounters().waiting);
      },
      counters() {},
    });
    this.#sensor = new Sensor({ dnsPorts: [53] }, (batch) => reader.read(batch));
  }

  wait(passedMicros: number): void {
    this.#nowMicros += passedMicros;
    this.#sensor.tick(this.#nowMicros);
  }

  send(frame: Uint8Array, afterMicros = 0): void {
    this.#sensor.packet(packetOf(frame, { linkType: LinkType.linuxSll2, timeMicros: this.#nowMicros + afterMicros }));
  }

  burst(size: number): void {
    const all: Sent[] = [];
    for (let i = 0; i < size; i++) {
      const sinceBegin = i * 20;
      all.push(
        ...hostileFrames(this.#random).map(({ afterMicros, frame }) => ({
          afterMicros: sinceBegin + afterMicros,
          frame,
        })),
      );
    }
    for (const { afterMicros, frame } of all.sort((a, b) => a.afterMicros - b.afterMicros))
      this.send(frame, afterMicros);
    this.wait(all.at(-1)?.afterMicros ?? 0);
  }

  flood(frames: Iterable<Uint8Array>): void {
    let passedMicros = 0;
    for (const frame of frames) {
      passedMicros += FLOOD_GAP_MICROS;
      this.send(frame, passedMicros);
    }
    this.wait(passedMicros);
  }

  /** The first packet of the pod that sends all others, on its own link. */
  evil(): void {
    this.send(fromPod(EVIL, packet(EVIL, VIP, tcp({ sourcePort: 1_024, destinationPort: 80, flags: 0x02 }))));
  }

  /** The other pod looks up a Service, and connects to it. */
  victim(): void {
    const number = this.victims++;
    const port = 10_000 + number;
    const id = this.#random(65_536);
    const questions = [{ type: "A" as const, name: NAME }];
    const answers = [{ type: "A" as const, name: NAME, ttl: 5, data: VIP }];
    const query = dnsBytes({ type: "query", id, flags: 0x0100, questions });
    const response = dnsBytes({ type: "response", id, flags: 0x0180, questions, answers });
    this.send(fromPod(WEB, packet(WEB, DNS, udp(30_000 + number, 53, query))));
    this.send(toWire(packet(DNS, WEB, udp(53, 30_000 + number, response))), 300);
    this.wait(1_000);
    const sequence = this.#random(2 ** 31);
    const syn = { sourcePort: port, flags: 0x02, sequence, timestampValue: number };
    const ack = { destinationPort: port, flags: 0x12, sequence: 7, acknowledgement: (sequence + 1) | 0 };
    this.send(fromPod(WEB, packet(WEB, VIP, tcp({ ...syn, destinationPort: 80 }), number)));
    this.send(toWire(packet(WEB, ORDERS, tcp({ ...syn, destinationPort: 8080 }), number)), 20);
    this.send(toWire(packet(VIP, WEB, tcp({ ...ack, sourcePort: 80 }))), 300);
    this.wait(200_000);
  }

  finish(): void {
    this.#sensor.finish();
    this.#pipeline.finish();
    const { handshakes, exchanges, decode } = this.#sensor.counters();
    assert.deepEqual([handshakes.halfOpen, exchanges.open], [0, 0]);
    assert.ok(decode.fragmentBytes >= 0 && decode.streamBytes >= 0);
    assert.ok(handshakes.halfOpenEvicted > 0 && exchanges.evicted > 0, "the tables of the sensor were not full");
    const { connections, lookups, ignored, interactions, waiting, waitingEvicted, namesEvicted } =
      this.#pipeline.resolveCounters();
    assert.equal(connections + lookups, this.#facts);
    assert.deepEqual([waiting, this.#spare.inUse, this.#spare.decided], [0, 0, this.#facts]);
    assert.ok(waitingEvicted > 0 && namesEvicted > 0, "the tables of the main process were not full");
    assert.equal(interactions, this.interactions.length);
    const { dns_transport, loopback, probe, own_traffic, reported_elsewhere, unfinished, spoofed_source } = ignored;
    const reported = this.interactions.filter(({ evidence }) => evidence === "handshake").length;
    const spoofed =
      connections - reported - dns_transport - loopback - probe - own_traffic - reported_elsewhere - unfinished;
    assert.ok(0 <= spoofed && spoofed <= spoofed_source, `${spoofed} connections are counted by no reason`);
    const accepted =
      lookups - ignored.forwarded_lookup - ignored.unasked_answer - ignored.lookup_type - (spoofed_source - spoofed);
    assert.ok(interactions - reported <= accepted, `${interactions - reported} interactions of ${accepted} lookups`);
  }
}

for (let i = 0; i < RUNS; i++) {
  test(`whatever one pod sends, the connections of another one are reported (seed ${SEED + i})`, () => {
    const random = randomOf(SEED + i);
    const run = new Run(random);
    const floods = [
      () => floodOfNames(35_000, "default.svc.cluster.local", 0x0183),
      () => floodOfNames(35_000, "evil.svc.cluster.local", 0x0380),
      () => floodOfNames(35_000, "example.com", null),
      () => floodOfNames(35_000, "shop.svc.cluster.local", 0x0180),
      () => floodOfSyns(70_000),
    ];
    run.victim();
    run.evil();
    for (let burst = 0; burst < BURSTS; burst++) {
      run.burst(random(60));
      if (burst % BURSTS_PER_FLOOD === 0) run.flood(floods[burst / BURSTS_PER_FLOOD]?.() ?? []);
      if (random(4) === 0) run.victim();
      const chance = random(60);
      if (chance === 0) run.wait((random(2) === 0 ? -1 : 1) * (1 + random(5)) * HOUR);
      else if (chance < 6) run.wait(random(20) * SECOND);
      else run.wait(random(50_000));
    }
    run.wait(20 * SECOND);
    run.finish();
    const found = run.interactions.map(lineOf).filter((line) => line === `shop/web -> shop/orders established ${NAME}`);
    assert.equal(found.length, run.victims);
  });
}
