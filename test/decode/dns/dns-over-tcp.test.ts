import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MAX_ANSWER_ADDRESSES } from "../../../src/model/dns-message.ts";
import { LinkType, type Packet } from "../../../src/model/packet.ts";
import {
  concat,
  dnsBytes,
  dnsOverTcp,
  ipv4,
  ipv6,
  packetOf,
  type TcpOptions,
  tcp,
} from "../../support/packet-builder.ts";
import { Recorder, record } from "../support/recorder.ts";

const SYN = 0x02;
const RST = 0x04;
const DATA = 0x18;

function message(id: number, name = `n${id}.test`, answers = 1): Uint8Array {
  return dnsBytes({
    type: "response",
    id,
    flags: 0x0180,
    questions: [{ type: "A", name }],
    answers: Array.from({ length: answers }, (_, i) => ({ type: "A", name, data: `10.0.${id & 255}.${i}`, ttl: 5 })),
  });
}

/** One segment from the resolver; its SYN has the sequence number 1000. */
function segment(options: Partial<TcpOptions>, timeMicros = 0): Packet {
  const ip = ipv4(
    { source: "10.0.0.53", destination: "10.0.0.7" },
    tcp({ sourcePort: 53, destinationPort: 40000, flags: DATA, ...options }),
  );
  return packetOf(ip.bytes, { linkType: LinkType.raw, timeMicros });
}

const syn = segment({ flags: SYN | 0x10, sequence: 1000 });

function data(stream: Uint8Array, from: number, to: number, start = 1001): Packet {
  return segment({ sequence: (start + from) | 0, payload: stream.slice(from, to) });
}

const ids = (recorder: Recorder) => recorder.messages.map(({ id }) => id);

test("two messages in one segment are decoded", () => {
  const stream = concat(dnsOverTcp(message(1)), dnsOverTcp(message(2)));
  const recorder = record(syn, data(stream, 0, stream.length));
  assert.deepEqual(ids(recorder), [1, 2]);
  assert.deepEqual(
    recorder.messages.map(({ overTcp, source, resolved }) => [overTcp, source, resolved]),
    [1, 2].map((id) => [true, "10.0.0.53 53", [`10.0.${id}.0`]]),
  );
});

test("one message in three segments is decoded at its last byte", () => {
  const stream = dnsOverTcp(message(1));
  const parts = [data(stream, 0, 1), data(stream, 1, 20), data(stream, 20, stream.length)];
  const recorder = record(syn, ...parts.map((part, i) => ({ ...part, timeMicros: i })));
  assert.deepEqual([ids(recorder), recorder.messages[0]?.timeMicros], [[1], 2]);
});

test("a message of 20 kB, longer than any MTU, is decoded", () => {
  const stream = dnsOverTcp(message(1, "many.test", 256));
  assert.ok(stream.length > 5000);
  const [whole] = record(syn, data(stream, 0, stream.length)).messages;
  assert.deepEqual(
    [whole?.resolved?.length, whole?.omittedAddresses],
    [MAX_ANSWER_ADDRESSES, 256 - MAX_ANSWER_ADDRESSES],
  );
  assert.equal(record(syn, data(stream, 0, 3000), data(stream, 3000, stream.length)).messages.length, 1);
});

test("copies of a segment on other interfaces of a bridge are retransmissions", () => {
  const stream = dnsOverTcp(message(1));
  const whole = segment({ sequence: 1001, payload: stream, flags: DATA | 0x01 });
  assert.deepEqual(ids(record(syn, syn, whole, whole, whole)), [1]);
  const half = data(stream, 0, 30);
  const rest = data(stream, 30, stream.length);
  assert.deepEqual(ids(record(syn, half, half, rest, rest)), [1]);
});

test("a copy after source NAT is a separate stream", () => {
  const stream = dnsOverTcp(message(1));
  const natted = ipv4(
    { source: "10.96.0.10", destination: "10.0.0.7" },
    tcp({ sourcePort: 53, destinationPort: 40000, flags: DATA, sequence: 1001, payload: stream }),
  );
  const other = packetOf(natted.bytes, { linkType: LinkType.raw });
  assert.deepEqual(ids(record(data(stream, 0, stream.length), other)), [1, 1]);
});

test("a stream without a captured SYN starts with the first segment that begins with a message", () => {
  const stream = concat(dnsOverTcp(message(1)), dnsOverTcp(message(2)), dnsOverTcp(message(3)));
  const second = dnsOverTcp(message(1)).length;
  const recorder = record(
    data(stream, 20, second),
    data(stream, second, second + 30),
    data(stream, second + 30, stream.length),
  );
  assert.deepEqual([ids(recorder), recorder.ignored], [[2, 3], { dns_out_of_sync: 1 }]);
});

test("bytes other than DNS on a DNS port start no stream", () => {
  const recorder = new Recorder();
  for (let i = 0; i < 50; i++) {
    const payload = new TextEncoder().encode(`GET /${i} HTTP/1.1\r\nHost: example.com\r\n\r\n`);
    recorder.decoder.decode(segment({ sequence: i * 1000, payload }));
  }
  assert.deepEqual([recorder.messages.length, recorder.ignored], [0, { dns_out_of_sync: 50 }]);
});

test("lost bytes do not delay the messages after them", () => {
  const parts = [1, 2, 3, 4].map((id) => dnsOverTcp(message(id)));
  const stream = concat(...parts);
  const [a = 0, b = 0, c = 0] = parts.map((part) => part.length);
  const recorder = record(
    syn,
    data(stream, 0, a),
    data(stream, a + b, a + b + c),
    data(stream, a + b + c, stream.length),
  );
  assert.deepEqual(ids(recorder), [1, 3, 4]);
});

test("keep-alive probes and idle time lose nothing", () => {
  const one = dnsOverTcp(message(1));
  const stream = concat(one, dnsOverTcp(message(2)));
  const probe = segment({ sequence: 1000 + one.length, payload: one.slice(-1) }, 30_000_000);
  const later = { ...data(stream, one.length, stream.length), timeMicros: 600_000_000 };
  assert.deepEqual(ids(record(syn, data(stream, 0, one.length), probe, later)), [1, 2]);
});

test("reused ports are another stream", () => {
  const stream = dnsOverTcp(message(1));
  const other = dnsOverTcp(message(2));
  const again = segment({ flags: SYN | 0x10, sequence: 900 });
  assert.deepEqual(ids(record(syn, data(stream, 0, 40), again, data(other, 0, other.length, 901))), [2]);
  const unseen = data(other, 0, other.length, 0x40000000);
  assert.deepEqual(ids(record(syn, data(stream, 0, 40), unseen)), [2]);
});

test("a RST drops an incomplete message", () => {
  const stream = dnsOverTcp(message(1));
  const recorder = record(
    syn,
    data(stream, 0, 40),
    segment({ flags: RST, sequence: 1041 }),
    data(stream, 40, stream.length),
  );
  assert.deepEqual([ids(recorder), recorder.counters.streamsDropped], [[], 1]);
});

test("sequence numbers wrap around", () => {
  const stream = concat(dnsOverTcp(message(1)), dnsOverTcp(message(2)));
  const start = -20;
  const begin = segment({ flags: SYN, sequence: start - 1 });
  const parts = [data(stream, 70, stream.length, start), data(stream, 30, 70, start), data(stream, 0, 30, start)];
  assert.deepEqual(ids(record(begin, ...parts)), [1, 2]);
});

test("the data of a TCP Fast Open SYN is the first of the stream", () => {
  const query = dnsOverTcp(dnsBytes({ type: "query", id: 9, questions: [{ type: "A", name: "x.test" }] }));
  const recorder = record(segment({ flags: SYN, sequence: 5, payload: query }));
  assert.deepEqual([ids(recorder), recorder.segments.length], [[9], 1]);
});

test("streams over IPv6 are decoded", () => {
  const stream = dnsOverTcp(message(1));
  const ip = ipv6(
    { source: "fd00::53", destination: "fd00::7" },
    tcp({ sourcePort: 53, destinationPort: 40000, flags: DATA, payload: stream }),
  );
  assert.equal(record(packetOf(ip.bytes, { linkType: LinkType.raw })).messages[0]?.source, "fd00::53 53");
});

test("the question of a truncated message is decoded, and the stream continues after the message", () => {
  const nothing = dnsBytes({
    type: "response",
    id: 1,
    flags: 3,
    questions: [{ type: "A", name: "x.test" }],
    authorities: [{ type: "NS", name: "test", data: "a-long-name-of-a-server.test" }],
  });
  const one = dnsOverTcp(nothing);
  const stream = concat(one, dnsOverTcp(message(2)));
  const first = data(stream, 0, one.length);
  const cut = { ...first, captureLength: first.captureLength - 10 };
  assert.deepEqual(ids(record(syn, cut, data(stream, one.length, stream.length))), [1, 2]);
});

test("an ignored message is counted, and those before and after it are decoded", () => {
  const update = message(2);
  update[2] = 0xa8;
  const stream = concat(dnsOverTcp(message(1)), dnsOverTcp(update), dnsOverTcp(message(3)));
  const recorder = record(syn, data(stream, 0, stream.length));
  assert.deepEqual([ids(recorder), recorder.ignored], [[1, 3], { dns_opcode: 1 }]);
});

const conversation = fc.record({
  start: fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
  /** Anywhere in the stream. */
  cuts: fc.array(fc.nat(4000), { maxLength: 6 }),
  /** At the start of these messages: most senders write a message at once. */
  boundaries: fc.array(fc.nat(5), { maxLength: 8 }),
  seed: fc.infiniteStream(fc.nat(1_000_000)),
});

/** Segments of a stream of messages. */
function segmentsOf(about: {
  readonly start: number;
  readonly sizes: readonly number[];
  readonly cuts: readonly number[];
  readonly boundaries: readonly number[];
}) {
  const messages = about.sizes.map((size, i) => dnsOverTcp(message(i + 1, `n${i}.test`, size)));
  const stream = concat(...messages);
  const boundaries = about.boundaries.map((index) => concat(...messages.slice(0, index)).length);
  const cuts = about.cuts.map((cut) => cut % stream.length);
  const edges = [...new Set([0, ...cuts, ...boundaries, stream.length])].sort((a, b) => a - b);
  const parts = edges.slice(1).map((to, i) => data(stream, edges[i] ?? 0, to, about.start + 1));
  return { begin: segment({ flags: SYN | 0x10, sequence: about.start }), parts };
}

test("any order and any repetition of segments result in each message once", () => {
  fc.assert(
    fc.property(conversation, ({ seed, ...about }) => {
      const { begin, parts } = segmentsOf(about);
      const order = [...parts, ...parts].map((part) => ({ part, key: seed.next().value }));
      order.sort((a, b) => a.key - b.key);
      const recorder = record(begin, ...order.map(({ part }) => part));
      assert.deepEqual(
        ids(recorder).sort((a, b) => a - b),
        about.sizes.map((_, i) => i + 1),
      );
      assert.deepEqual([recorder.counters.streamBytes, recorder.counters.streamsDropped], [0, 0]);
    }),
  );
});

test("with any loss, no message is decoded twice", () => {
  fc.assert(
    fc.property(conversation, ({ seed, ...about }) => {
      const { begin, parts } = segmentsOf(about);
      const order = [begin, ...parts, ...parts].map((part) => ({ part, key: seed.next().value }));
      const kept = order.filter(({ key }) => key % 3 > 0).sort((a, b) => a.key - b.key);
      const seen = ids(record(...kept.map(({ part }) => part)));
      assert.equal(new Set(seen).size, seen.length);
    }),
  );
});

test("a flood of incomplete messages is bounded and counted, and whole messages are decoded", () => {
  const recorder = new Recorder();
  const half = dnsOverTcp(message(1, "x.test", 200)).slice(0, 4000);
  for (let i = 0; i < 12_000; i++) {
    const flooding = segment({ destinationPort: 1024 + i, sequence: 1, payload: half }, i * 10);
    recorder.decoder.decode(flooding);
    assert.ok(recorder.counters.streamBytes <= 8 * 1024 * 1024);
  }
  assert.ok(recorder.counters.streamsDropped > 0);
  recorder.decoder.decode(data(dnsOverTcp(message(7)), 0, 1000));
  assert.deepEqual(ids(recorder), [7]);
});

test("bytes that wait too long are dropped", () => {
  const recorder = new Recorder();
  const half = dnsOverTcp(message(1)).slice(0, 30);
  recorder.decoder.decode(segment({ sequence: 1, payload: half }, 0));
  assert.equal(recorder.counters.streamBytes, 30);
  recorder.decoder.decode(segment({ destinationPort: 9, flags: SYN }, 25_000_000));
  assert.deepEqual([recorder.counters.streamBytes, recorder.counters.streamsDropped], [0, 1]);
});

test("a stream in pieces of one byte is dropped within bounded CPU time", () => {
  const recorder = new Recorder();
  const stream = dnsOverTcp(message(1, "x.test", 200));
  recorder.decoder.decode(syn);
  for (let i = 0; i < 600; i++) recorder.decoder.decode(data(stream, i, i + 1));
  assert.ok(recorder.counters.streamsDropped > 0);
});
