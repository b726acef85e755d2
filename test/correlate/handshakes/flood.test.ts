import assert from "node:assert/strict";
import { test } from "node:test";
import { Correlator } from "../../../src/correlate/correlator.ts";
import { hashQuestion } from "../../../src/decode/dns/dns-questions.ts";
import type { DnsMessage } from "../../../src/model/dns-message.ts";
import { Direction } from "../../../src/model/packet.ts";
import { cpuMicros } from "../../support/cpu-time.ts";
import { sightings } from "../support/address-book.ts";
import { answer, query } from "../support/dns-messages.ts";
import { answerTo, dnsFrame, Flags, tcpFrame } from "../support/frames.ts";
import { BEGIN_MICROS, MILLIS, SECONDS, SensorRun } from "../support/sensor-run.ts";
import { FrameTemplate } from "../support/templates.ts";

function synTemplate(timestamps: { timestampValue?: number } = { timestampValue: 1 }): FrameTemplate {
  const [sighting] = sightings("in X>NP", "IPv4");
  assert.ok(sighting);
  return new FrameTemplate(tcpFrame(sighting, { flags: Flags.syn, ...timestamps }));
}

function queryTemplate(name: string): FrameTemplate {
  const [sighting] = sightings("in C>DNS", "IPv4");
  assert.ok(sighting);
  return new FrameTemplate(dnsFrame(sighting, query({ name })));
}

function answerTemplate(name: string): FrameTemplate {
  const [sighting] = sightings("out DNS>C", "IPv4");
  assert.ok(sighting);
  return new FrameTemplate(dnsFrame(sighting, answer({ name }, ["203.0.113.7"])));
}

function scatter(i: number): number {
  return Math.imul(i + 1, 0x9e3779b1);
}

const FLOOD = 300_000;
const LEGITIMATE = 200;

test("C5 300,000 spoofed SYNs in 3 s evict none of 200 connections made meanwhile", () => {
  const run = new SensorRun();
  const template = synTemplate();
  const spacing = FLOOD / LEGITIMATE;
  let most = 0;
  for (let i = 0; i < FLOOD; i++) {
    template.setSource(scatter(i), i & 0xffff).setSequence(scatter(i * 7));
    run.sensor.packet(template.at(BEGIN_MICROS + i * 10));
    if (i % spacing !== 0) continue;
    most = Math.max(most, run.counters.handshakes.halfOpen);
    const sequence = 1_000_000 + i;
    const ports = { C: 20_000 + i / spacing };
    const path = (text: string) => sightings(text, "IPv4", ports);
    const segment = { flags: Flags.syn, sequence, timestampValue: i };
    run.see(i * 10, ...path("oth C>VIP; in C>S; out C>S").map((sighting) => tcpFrame(sighting, segment)));
    const answer = path("in S>C; out VIP>C; out VIP>C").map((sighting) => tcpFrame(sighting, answerTo(sequence)));
    run.see(i * 10 + MILLIS, ...answer);
  }
  run.wait((FLOOD + 1) * 10);
  const { halfOpen, halfOpenEvicted } = run.counters.handshakes;
  assert.equal(run.outcomes.filter((outcome) => outcome === "established").length, LEGITIMATE);
  assert.ok(Math.max(most, halfOpen) < 100_000, `${most} half-open attempts`);
  // Attempts that are neither open nor reported were evicted, and counted.
  assert.equal(halfOpenEvicted, FLOOD + LEGITIMATE - halfOpen - run.connections.length);
  run.wait(20 * SECONDS).finish();
  assert.equal(run.counters.handshakes.halfOpen, 0);
  assert.equal(run.outcomes.length, FLOOD + LEGITIMATE - halfOpenEvicted);
});

test("C5 a port scan is as many connections as ports, and leaves nothing behind", () => {
  const run = new SensorRun();
  for (let port = 1; port <= 65_535; port += 13) {
    const ports = { S: port };
    const [syn] = sightings("in X>S", "IPv4", ports);
    const [reset] = sightings("out S>X", "IPv4", ports);
    assert.ok(syn && reset);
    run.see(port * 10, tcpFrame(syn, { flags: Flags.syn, sequence: scatter(port) }));
    run.see(port * 10 + 100, tcpFrame(reset, answerTo(scatter(port), Flags.rstAck)));
  }
  run.finish();
  assert.equal(run.outcomes.length, Math.ceil(65_535 / 13));
  assert.ok(run.outcomes.every((outcome) => outcome === "refused"));
});

/** A full table has cache misses, evictions and timeouts, which an empty one has not. */
const MAX_RATIO = 5;
const ROUNDS = 3;
/** Of each round, the share that is timed in the almost empty table and again in the full one. */
const TIMED = 1 / 16;

interface Flood {
  readonly name: string;
  readonly count: number;
  readonly template: FrameTemplate;
  readonly vary: (template: FrameTemplate, i: number) => void;
  /** 10 by default: all of them stand open at once, as far as there is room. */
  readonly spacingMicros?: number;
}

const FLOODS: readonly Flood[] = [
  {
    name: "SYNs with random numbers",
    count: 200_000,
    template: synTemplate(),
    vary: (template, i) => template.setSource(scatter(i), i & 0xffff).setSequence(scatter(i * 7)),
  },
  {
    name: "SYNs that all have one sequence number",
    count: 30_000,
    template: synTemplate({}),
    vary: (template, i) => {
      template
        .setSource(scatter(i), i & 0xffff)
        .setDestination(scatter(i * 3))
        .setSequence(42);
    },
    spacingMicros: 300,
  },
  {
    name: "unanswered DNS queries for one name, from many clients",
    count: 12_000,
    template: queryTemplate("api.example.com"),
    vary: (template, i) => template.setSource(scatter(i), i & 0xffff).setDnsId(i & 0xffff),
  },
  {
    name: "unanswered DNS queries for one name, from one client",
    count: 12_000,
    template: queryTemplate("api.example.com"),
    vary: (template, i) => template.setSource(0x0a2a0105, 1024 + (i % 60_000)).setDnsId(i & 0xffff),
  },
  {
    name: "unanswered DNS queries for new names",
    count: 100_000,
    template: queryTemplate("q0000000.example.com"),
    vary: (template, i) => {
      template.setSource(scatter(i), i & 0xffff).setDnsId(i & 0xffff);
      template.setDnsText(14, i.toString().padStart(7, "0"));
    },
  },
  {
    name: "unanswered DNS queries for new names that all have one id",
    count: 12_000,
    template: queryTemplate("q0000000.example.com"),
    vary: (template, i) => {
      template.setSource(scatter(i), i & 0xffff).setDnsId(7);
      template.setDnsText(14, i.toString().padStart(7, "0"));
    },
  },
  {
    name: "unanswered DNS queries that all have one id, for names that differ at their end only",
    count: 12_000,
    template: queryTemplate(`${"a".repeat(24)}q0000000.example.com`),
    vary: (template, i) => {
      template.setSource(scatter(i), i & 0xffff).setDnsId(7);
      template.setDnsText(38, i.toString().padStart(7, "0"));
    },
  },
  {
    name: "unanswered DNS queries for one name that all have one id, from many clients",
    count: 24_000,
    template: queryTemplate("api.example.com"),
    vary: (template, i) => template.setSource(scatter(i), i & 0xffff).setDnsId(7),
    spacingMicros: 200,
  },
  {
    name: "DNS answers for one name that all have one id, from many servers to many clients",
    count: 24_000,
    template: answerTemplate("api.example.com"),
    vary: (template, i) =>
      template
        .setSource(scatter(i), 53)
        .setDestination(scatter(i * 3))
        .setDnsId(7),
    spacingMicros: 2,
  },
];

/** CPU time per packet of one flood, in its first and its last part. */
function costsOf({ count, template, vary, spacingMicros = 10 }: Flood): { early: number; late: number } {
  const run = new SensorRun();
  const send = (from: number, to: number): number => {
    const begin = cpuMicros();
    for (let i = from; i < to; i++) {
      vary(template, i);
      run.sensor.packet(template.at(BEGIN_MICROS + i * spacingMicros));
    }
    return (cpuMicros() - begin) / (to - from);
  };
  const timed = count * TIMED;
  const early = send(0, timed);
  send(timed, count - timed);
  const late = send(count - timed, count);
  run.wait(60 * SECONDS).finish();
  assert.deepEqual([run.counters.handshakes.halfOpen, run.counters.exchanges.open], [0, 0]);
  return { early, late };
}

for (const flood of FLOODS) {
  test(`C5 ${flood.count} ${flood.name}: a packet costs the same in a full table`, () => {
    // The first round compiles the code. The least of several rounds excludes garbage collection and other processes.
    costsOf(flood);
    const rounds = Array.from({ length: ROUNDS }, () => costsOf(flood));
    const early = Math.min(...rounds.map((round) => round.early));
    const late = Math.min(...rounds.map((round) => round.late));
    const message = `${early.toFixed(1)} µs per packet in an empty table, ${late.toFixed(1)} µs in a full one`;
    assert.ok(late < MAX_RATIO * early, message);
  });
}

test("a flood of one DNS question hides none of the queries that are open too, whichever buckets they share", () => {
  const correlator = new Correlator({ connection() {}, lookup() {} });
  const message = (name: string, source: number, isResponse: boolean): DnsMessage => ({
    timeMicros: BEGIN_MICROS,
    senderLink: 0,
    direction: Direction.incoming,
    overTcp: false,
    isTruncated: false,
    rcode: 0,
    id: source,
    addresses: Int32Array.from(
      isResponse ? [0, 0, 0xffff, 53, 0, 0, 0xffff, source] : [0, 0, 0xffff, source, 0, 0, 0xffff, 53],
    ),
    ...(isResponse ? { sourcePort: 53, destinationPort: 40_000 } : { sourcePort: 40_000, destinationPort: 53 }),
    isResponse,
    question: { name, key: name, type: 1, hash: hashQuestion(name, 1) },
    answer: null,
    fingerprint: hashQuestion(name, source) ^ (isResponse ? 1 : 0),
  });
  let flooded = 0;
  for (let batch = 0; batch < 300; batch++) {
    const timeMicros = BEGIN_MICROS + batch * 10 * MILLIS;
    const names = Array.from({ length: 1_000 }, (_, i) => `name-${batch}-${i}.example.com`);
    correlator.advance(timeMicros);
    const see = (each: DnsMessage) => correlator.message({ ...each, timeMicros });
    for (const name of names) see(message(name, 1, false));
    for (let i = 0; i < 17; i++) see({ ...message("flood.example.com", 2 + flooded++, false), id: 2 });
    for (const name of names) see(message(name, 1, true));
  }
  assert.equal(correlator.counters.exchanges.answersWithoutQuery, 0);
});
