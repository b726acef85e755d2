import assert from "node:assert/strict";
import { test } from "node:test";
import { DnsDecoder } from "../../../src/decode/dns/dns.ts";
import { DnsAnswers } from "../../../src/decode/dns/dns-answers.ts";
import { zeroCounters } from "../../../src/decode/network/decode-counters.ts";
import type { DnsMessage, DnsQuestion } from "../../../src/model/dns-message.ts";
import { Direction } from "../../../src/model/packet.ts";
import { dnsBytes } from "../../support/packet-builder.ts";

const HEADER = 12;
/** One length byte for each of the two labels, the root, type and class. */
const QUESTION = "x.test".length + 6;

function messageOf(question: DnsQuestion): DnsMessage {
  return {
    timeMicros: 0,
    direction: Direction.unknown,
    senderLink: 0,
    addresses: new Int32Array(8),
    sourcePort: 53,
    destinationPort: 4000,
    overTcp: false,
    id: 1,
    isResponse: true,
    isTruncated: false,
    rcode: 0,
    question,
    answer: null,
    fingerprint: 0,
  };
}

const questionOf = (name: string): DnsQuestion => ({ name, key: name, type: 1, hash: 0 });

/** Reads messages with the address of x.test, whose questions have equal hashes: whether the answer is misnamed. */
function readerOfEqualHashes() {
  const counters = zeroCounters();
  const questionBytes = { end: HEADER + QUESTION, hash: 7 };
  const answers = new DnsAnswers(counters, questionBytes);
  const read = (asked: DnsQuestion) => {
    const bytes = dnsBytes({
      type: "response",
      questions: [{ type: "A", name: asked.name }],
      answers: [{ type: "A", name: "x.test", data: "192.0.2.1" }],
    });
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const answer = answers.read(view, 0, HEADER + QUESTION, bytes.length, messageOf(asked));
    return answer === null || typeof answer === "string" ? answer : answer.isMisnamed;
  };
  return { counters, read };
}

test("where the hashes of two questions are equal, each has its own answer", () => {
  const { read } = readerOfEqualHashes();
  const [x, y] = [questionOf("x.test"), questionOf("y.test")];
  assert.deepEqual([x, x, y, y, x, y].map(read), [false, false, true, true, false, true]);
});

test("a question that was decoded again has the answer that is known", () => {
  const { counters, read } = readerOfEqualHashes();
  assert.deepEqual([questionOf("x.test"), questionOf("x.test")].map(read), [false, false]);
  assert.deepEqual([counters.memoMisses, counters.memoHits], [1, 1]);
});

test("each byte of a message, those of TTLs too, is in its fingerprint, which is equal at each sighting", () => {
  const bytes = dnsBytes({
    type: "response",
    id: 0xbeef,
    questions: [{ type: "A", name: "api.example" }],
    answers: [
      { type: "CNAME", name: "api.example", data: "x.test", ttl: 60 },
      { type: "A", name: "x.test", data: "192.0.2.1", ttl: 30 },
    ],
    additionals: [{ type: "OPT", name: ".", udpPayloadSize: 1232, flags: 0, options: [] } as never],
  });
  const fingerprints = new Set<number>();
  const decoder = new DnsDecoder(zeroCounters());
  let decoded = 0;
  for (let changed = -1; changed < bytes.length; changed++) {
    const view = new DataView(Uint8Array.from(bytes, (byte, i) => (i === changed ? byte ^ 1 : byte)).buffer);
    const sightings = [decoder, decoder, new DnsDecoder(zeroCounters())].map((one, i) => {
      const message = messageOf(questionOf(""));
      // Only a whole message is recognized as a copy.
      return one.read(view, 0, bytes.length, i > 0, message) === null ? message.fingerprint : null;
    });
    assert.equal(new Set(sightings).size, 1);
    const [fingerprint = null] = sightings;
    if (fingerprint === null) continue;
    decoded++;
    fingerprints.add(fingerprint);
  }
  assert.ok(decoded > bytes.length / 2, `${decoded} of ${bytes.length}`);
  assert.equal(fingerprints.size, decoded);
});
