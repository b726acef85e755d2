import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder } from "../../../src/decode/decoder.ts";
import { MAX_RECORDS } from "../../../src/decode/dns/dns-answer-section.ts";
import { MAX_ANSWER_ADDRESSES, MAX_CHAIN_NAMES } from "../../../src/model/dns-message.ts";
import { LinkType, type Packet } from "../../../src/model/packet.ts";
import { cpuMicros } from "../../support/cpu-time.ts";
import { concat, dnsBytes, dnsOverTcp, ipv4, packetOf, tcp, udp } from "../../support/packet-builder.ts";
import {
  A,
  ADDRESS,
  answerOf,
  deepName,
  KINDS,
  ownLabel,
  QUESTION_AT,
  resourceRecord,
  TO_QUESTION,
  u16,
} from "../support/costly-answers.ts";
import { record } from "../support/recorder.ts";

/** Well-formed answers that are as expensive as possible for their size. */

const MAX_MESSAGE = 65_000;
const BOUND = { timeout: 60_000 };

const ends = { source: "10.0.0.53", destination: "10.0.0.7" };

function overUdp(message: Uint8Array): Packet {
  return packetOf(ipv4(ends, udp(53, 40_000, message)).bytes, { linkType: LinkType.raw });
}

/** CPU time of one packet in microseconds, with a decoder that has none of them cached, and compiled code. */
function costOf(packets: readonly Packet[]): number {
  let cost = 0;
  for (let round = 0; round < 3; round++) {
    const decoder = new Decoder({ dnsPorts: [53] }, { segment() {}, message() {}, unreachable() {} });
    const before = cpuMicros();
    for (const packet of packets) decoder.decode(packet);
    cost = (cpuMicros() - before) / packets.length;
    assert.equal(decoder.counters.packets, packets.length);
  }
  return cost;
}

/** CPU time of ordinary answers of 1,400 bytes, with addresses of the name of the question: what the machine can do. */
function ordinaryCost(): number {
  const name = (i: number) => Uint8Array.of(6, ...Buffer.from(String(i).padStart(6, "0")), 0);
  const recordAt = () => resourceRecord(TO_QUESTION, A, ADDRESS);
  return costOf(Array.from({ length: 700 }, (_, i) => overUdp(answerOf(name(i), 1_400, recordAt))));
}

function assertCost(cost: number, maxRatio: number): void {
  const ordinary = ordinaryCost();
  const figures = `${cost.toFixed(1)} µs, an ordinary answer ${ordinary.toFixed(1)} µs: ${(cost / ordinary).toFixed(1)} times`;
  console.log(`  ${figures}`);
  assert.ok(cost < maxRatio * ordinary, figures);
}

// Without bounds, a message of 1,400 bytes took 1,600 µs, and one of 65,000 bytes 30,000 to 100,000 µs.
for (const { name, recordAt } of KINDS) {
  for (const [maxBytes, maxRatio] of [
    [1_400, 25],
    [MAX_MESSAGE, 100],
  ] as const) {
    test(`the CPU time of an answer of ${maxBytes} bytes with ${name} is bounded`, BOUND, () => {
      const packets = Array.from({ length: 1_000_000 / maxBytes }, (_, i) =>
        overUdp(answerOf(deepName(i), maxBytes, recordAt)),
      );
      assertCost(costOf(packets), maxRatio);
    });
  }
}

test(
  "the CPU time of messages of 65 kB over TCP is bounded, in order, in small segments and in reverse order",
  BOUND,
  () => {
    const kinds = KINDS.map(({ recordAt }, i) => dnsOverTcp(answerOf(deepName(i), MAX_MESSAGE, recordAt)));
    const stream = concat(...kinds);
    const segments = (size: number, port: number): Packet[] => {
      const packets: Packet[] = [];
      for (let at = 0; at < stream.length; at += size) {
        const payload = stream.slice(at, at + size);
        const header = { sourcePort: 53, destinationPort: port, flags: 0x10, sequence: 1 + at, payload };
        packets.push(packetOf(ipv4(ends, tcp(header)).bytes, { linkType: LinkType.raw }));
      }
      return packets;
    };
    for (const packets of [segments(1_400, 40_001), segments(200, 40_002), segments(1_400, 40_003).reverse()]) {
      assertCost(costOf(packets), 25);
    }
  },
);

test("the CPU time of 65,000 bytes of questions is bounded", BOUND, () => {
  const questions = 13_000;
  const message = concat(u16(1, 0x8180, questions, 1, 0, 0), new Uint8Array(5 * questions - 20));
  assertCost(costOf(Array.from({ length: 20 }, () => overUdp(message))), 100);
});

const a = (name: string, i: number) => ({ type: "A", name, data: `192.0.${i >> 8}.${i & 255}` }) as const;

function response(name: string, answers: Parameters<typeof dnsBytes>[0]["answers"]): Uint8Array {
  return dnsBytes({ type: "response", id: 1, questions: [{ type: "A", name }], ...(answers && { answers }) });
}

test("of an answer with more records than are decoded, the first ones are kept, which is counted at each sighting", () => {
  const records = Array.from({ length: MAX_RECORDS }, (_, i) => a("x.test", i));
  const whole = record(overUdp(response("x.test", records)));
  assert.deepEqual(
    whole.messages.map(({ resolved, omittedAddresses }) => [resolved?.length, omittedAddresses]),
    [[MAX_ANSWER_ADDRESSES, MAX_RECORDS - MAX_ANSWER_ADDRESSES]],
  );
  assert.equal(whole.counters.answersCut, 0);
  const more = response("x.test", [...records, a("x.test", 999)]);
  const cut = record(overUdp(more), overUdp(more));
  assert.deepEqual(cut.messages[0]?.resolved, whole.messages[0]?.resolved);
  assert.equal(cut.counters.answersCut, 2);
});

test("of a chain that is too long, the first names and the last one are kept, with the addresses at its end", () => {
  const links = 40;
  const chain = Array.from({ length: links }, (_, i) => ({
    type: "CNAME",
    name: `n${i}.test`,
    data: `n${i + 1}.test`,
  })) as never[];
  const { messages, counters } = record(overUdp(response("n0.test", [...chain, a(`n${links}.test`, 7)])));
  assert.deepEqual(messages[0]?.resolved, ["192.0.0.7"]);
  const first = Array.from({ length: MAX_CHAIN_NAMES - 1 }, (_, i) => `n${i + 1}.test`);
  assert.deepEqual(messages[0]?.chain, [...first, `n${links}.test`]);
  assert.equal(counters.answersCut, 1);
});

test("an answer that exceeds the bounds keeps the records before that, and is counted", () => {
  const costly = answerOf(deepName(1), 20_000, (_, i) =>
    i < 3 ? resourceRecord(TO_QUESTION, A, ADDRESS) : resourceRecord(ownLabel(i, QUESTION_AT + 20), A, ADDRESS),
  );
  const { messages, counters } = record(overUdp(costly), overUdp(costly));
  assert.deepEqual(messages[0]?.resolved, Array(3).fill("192.0.2.1"));
  assert.equal(counters.answersCut, 2);
});
