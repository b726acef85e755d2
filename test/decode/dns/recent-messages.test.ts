import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RecentMessages } from "../../../src/decode/dns/recent-messages.ts";
import type { DnsAnswer, DnsMessage, DnsQuestion } from "../../../src/model/dns-message.ts";
import { Direction } from "../../../src/model/packet.ts";

/** What a message of number `i` means: an object of its own each time. */
function meaning(i: number): DnsMessage {
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

/** A memory asked by whole messages, which stand somewhere in a larger buffer. */
function memory() {
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
      const message = meaning(-1);
      return recent.recall(inBuffer(bytes), at, at + bytes.length, message) ? message : null;
    },
  };
}

/** A message with this id, of at least a header's 12 bytes. */
function bytesOf(id: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(7);
  bytes[0] = id >>> 8;
  bytes[1] = id;
  return bytes;
}

test("a copy that follows its message is told by its bytes, each of which counts", () => {
  const { remember, recall } = memory();
  const bytes = bytesOf(1, 50);
  const message = meaning(5);
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

test("a message of 512 bytes is remembered, a longer one is not, and leaves what there was", () => {
  const { remember, recall } = memory();
  remember(bytesOf(1, 512), meaning(1));
  remember(bytesOf(1, 513), meaning(2));
  assert.deepEqual([recall(bytesOf(1, 512))?.fingerprint, recall(bytesOf(1, 513))], [1, null]);
});

test("most of 16 messages with different ids are remembered at a time, and of any number no more than 64", () => {
  const { remember, recall } = memory();
  const remembered = (ids: readonly number[]) => ids.filter((id) => recall(bytesOf(id, 60)) !== null).length;
  const few = Array.from({ length: 16 }, (_, i) => i * 997);
  for (const id of few) remember(bytesOf(id, 60), meaning(id));
  assert.ok(remembered(few) >= 10, `${remembered(few)} of 16`);
  const many = Array.from({ length: 10_000 }, (_, i) => i);
  for (const id of many) remember(bytesOf(id, 60), meaning(id));
  assert.ok(remembered(many) <= 64);
});

test("whatever was remembered, what is recalled is what was last said of these bytes", () => {
  const message = fc.record({ id: fc.nat(40), length: fc.integer({ min: 12, max: 20 }) });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 200 }), (messages) => {
      const { remember, recall } = memory();
      const said = new Map<string, number>();
      for (const [i, { id, length }] of messages.entries()) {
        const bytes = bytesOf(id, length);
        const recalled = recall(bytes);
        if (recalled !== null) assert.equal(recalled.fingerprint, said.get(`${id} ${length}`));
        remember(bytes, meaning(i));
        said.set(`${id} ${length}`, i);
        assert.equal(recall(bytes)?.question.name, `n${i}`);
      }
    }),
  );
});
