import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RecentMessages } from "../../../src/decode/dns/recent-messages.ts";
import type { DnsAnswer, DnsMessage, DnsQuestion } from "../../../src/model/dns-message.ts";
import { Direction } from "../../../src/model/packet.ts";

/** A decoded message of number `i`: a new object at each call. */
function decoded(i: number): DnsMessage {
  const question: DnsQuestion = { name: `n${i}`, key: `n${i}`, type: 1, hash: i };
  const answer: DnsAnswer | null =
    i % 2 === 0
      ? null
      : { chain: [], addresses: new Int32Array(0), omittedAddresses: 0, isMisnamed: false, isCut: false };
  const addresses = new Int32Array(8);
  const header = { id: 0, isResponse: false, isTruncated: false, rcode: 0, overTcp: false };
  const place = {
    timeMicros: 0,
    senderLink: 0,
    direction: Direction.unknown,
    addresses,
    sourcePort: 0,
    destinationPort: 0,
  };
  return { ...header, ...place, question, answer, fingerprint: i };
}

/** `RecentMessages` for whole messages, each in a larger buffer. */
function recentMessages() {
  const recent = new RecentMessages();
  const at = 3;
  const inBuffer = (bytes: Uint8Array) => {
    const buffer = new Uint8Array(bytes.length + 10).fill(0xee);
    buffer.set(bytes, at);
    return new DataView(buffer.buffer);
  };
  return {
    remember: (bytes: Uint8Array, message: DnsMessage) =>
      recent.remember(inBuffer(bytes), at, at + bytes.length, message),
    recall: (bytes: Uint8Array): DnsMessage | null => {
      const message = decoded(-1);
      return recent.recall(inBuffer(bytes), at, at + bytes.length, message) ? message : null;
    },
  };
}

/** A message with this id, of at least the 12 bytes of a header. */
function bytesOf(id: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(7);
  bytes[0] = id >>> 8;
  bytes[1] = id;
  return bytes;
}

test("a copy of a message is recognized by all its bytes", () => {
  const { remember, recall } = recentMessages();
  const bytes = bytesOf(1, 50);
  const message = decoded(5);
  remember(bytes, message);
  for (let i = 0; i < bytes.length; i++) {
    const other = bytes.slice();
    other[i] = 8;
    assert.equal(recall(other), null, `byte ${i}`);
  }
  assert.deepEqual([recall(bytes.subarray(0, 49)), recall(new Uint8Array([...bytes, 7]))], [null, null]);
  const copy = recall(bytes);
  assert.equal(copy?.question, message.question);
  assert.deepEqual([copy?.answer, copy?.fingerprint], [message.answer, 5]);
});

test("a message of 512 bytes is stored; a longer one is not, and evicts none", () => {
  const { remember, recall } = recentMessages();
  remember(bytesOf(1, 512), decoded(1));
  remember(bytesOf(1, 513), decoded(2));
  assert.deepEqual([recall(bytesOf(1, 512))?.fingerprint, recall(bytesOf(1, 513))], [1, null]);
});

test("most of 16 messages with different ids are stored together, and at most 64 of any number", () => {
  const { remember, recall } = recentMessages();
  const stored = (ids: readonly number[]) => ids.filter((id) => recall(bytesOf(id, 60)) !== null).length;
  const few = Array.from({ length: 16 }, (_, i) => i * 997);
  for (const id of few) remember(bytesOf(id, 60), decoded(id));
  assert.ok(stored(few) >= 10, `${stored(few)} of 16`);
  const many = Array.from({ length: 10_000 }, (_, i) => i);
  for (const id of many) remember(bytesOf(id, 60), decoded(id));
  assert.ok(stored(many) <= 64);
});

test("after 64 messages without a copy one of 16 is stored, until a copy comes", () => {
  for (const rounds of [0, 1, 2]) {
    const { remember, recall } = recentMessages();
    let id = 0;
    const isStored = () => {
      remember(bytesOf(++id, 60), decoded(id));
      return recall(bytesOf(id, 60)) !== null;
    };
    while (id < 64 + 16 * rounds) remember(bytesOf(++id, 60), decoded(id));
    const stored = Array.from({ length: 20 }, isStored);
    assert.deepEqual(stored, [...Array(15).fill(false), ...Array(5).fill(true)]);
  }
});

test("a recalled message is the last one that was stored with these bytes", () => {
  const message = fc.record({ id: fc.nat(40), length: fc.integer({ min: 12, max: 20 }) });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 200 }), (messages) => {
      const { remember, recall } = recentMessages();
      const stored = new Map<string, number>();
      for (const [i, { id, length }] of messages.entries()) {
        const bytes = bytesOf(id, length);
        const recalled = recall(bytes);
        if (recalled !== null) assert.equal(recalled.fingerprint, stored.get(`${id} ${length}`));
        remember(bytes, decoded(i));
        stored.set(`${id} ${length}`, i);
        assert.equal(recall(bytes)?.question.name, `n${i}`);
      }
    }),
  );
});
