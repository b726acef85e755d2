import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type FactHandlers, FactReader } from "../../src/facts/fact-reader.ts";
import { FactWriter } from "../../src/facts/fact-writer.ts";
import {
  ConnectionLayout,
  LookupLayout,
  MAX_MICROS,
  MAX_NAME_LENGTH,
  MAX_RECORD_BYTES,
  MAX_TEXT_CHARACTERS,
  MAX_TEXT_LENGTH,
  MAX_TEXTS,
  RecordType,
} from "../../src/facts/record-layout.ts";
import { otherAnswerWord } from "../../src/facts/record-values.ts";
import { SpareFacts } from "../../src/facts/spare-facts.ts";
import { type Connection, ConnectionPath } from "../../src/model/connection.ts";
import { MAX_ANSWER_ADDRESSES, MAX_CHAIN_NAMES } from "../../src/model/dns-message.ts";
import { FactStreamError } from "../../src/model/errors.ts";
import { PORTS_AT } from "../../src/model/tuple.ts";

/** A reader, and all that it has read, in order. */
function reading(): { facts: unknown[]; reader: FactReader } {
  const facts: unknown[] = [];
  const handlers: FactHandlers = {
    connection: (connection) => facts.push(connection),
    lookup: (lookup) => facts.push(lookup),
    time: (micros) => facts.push(micros),
    counters: (counters) => facts.push(counters),
  };
  return { facts, reader: new FactReader(handlers) };
}

function written(write: (writer: FactWriter) => void): Uint8Array {
  const batches: Uint8Array[] = [];
  const writer = new FactWriter((batch) => batches.push(batch.slice()));
  write(writer);
  writer.flush();
  return new Uint8Array(Buffer.concat(batches));
}

/** IPv4 10.0.0.`last` as four words. */
function putAddress(words: Int32Array, at: number, last: number): void {
  words.set([0, 0, 0xffff, (10 << 24) | last], at);
}

function writeConnection(writer: FactWriter, last: number): void {
  const at = writer.beginConnection();
  writer.words.fill(0, at + 2, at + ConnectionLayout.bytes / 4);
  writer.doubles[at / 2 + ConnectionLayout.startDouble] = 1_000_000.25;
  writer.doubles[at / 2 + ConnectionLayout.endDouble] = 1_000_412.5;
  writer.words[at + ConnectionLayout.outcomeAt] = 1;
  writer.words[at + ConnectionLayout.retriesAt] = 3;
  for (const tuple of [ConnectionLayout.preNatAt, ConnectionLayout.postNatAt]) {
    putAddress(writer.words, at + tuple, last);
    putAddress(writer.words, at + tuple + 4, last + 1);
  }
  writer.words[at + ConnectionLayout.preNatAt + PORTS_AT] = (50_000 << 16) | 80;
  writer.words[at + ConnectionLayout.postNatAt + PORTS_AT] = (50_000 << 16) | 8080;
}

function writeLookup(writer: FactWriter, name: string, chain: string | null, addresses: readonly number[]): void {
  const nameText = writer.text(name);
  const chainText = chain === null ? -1 : writer.text(chain);
  const at = writer.beginLookup(addresses.length);
  writer.words.fill(0, at + 2, at + LookupLayout.bytes / 4);
  writer.doubles[at / 2 + LookupLayout.queryDouble] = 5;
  writer.doubles[at / 2 + LookupLayout.answerDouble] = Number.NaN;
  writer.words[at + LookupLayout.rcodeAt] = -1;
  writer.words[at + LookupLayout.nameAt] = nameText;
  writer.words[at + LookupLayout.chainAt] = chainText;
  putAddress(writer.words, at + LookupLayout.clientAt, 1);
  for (const [i, last] of addresses.entries()) {
    putAddress(writer.words, at + LookupLayout.addressesAt + 4 * i, last);
  }
}

const sample = written((writer) => {
  writeConnection(writer, 1);
  writeLookup(writer, "a.example", "b.example c.example", [7, 8]);
  writer.time(12_345.5);
  writeLookup(writer, "a.example", null, []);
  writer.counters({ packets: 3, décode: "ü" });
});

test("the reader returns what was written, in order", () => {
  const { facts, reader } = reading();
  reader.read(sample);
  const lookup = {
    queryMicros: 5,
    answerMicros: null,
    client: { address: "10.0.0.1", port: 0 },
    resolver: null,
    responder: null,
    isAsked: false,
    isTruncated: false,
    isMisnamed: false,
    isOverTcp: false,
    senderLink: 0,
    enclosingServer: null,
    mayBeOwn: false,
    isUnproven: false,
    name: "a.example",
    type: 0,
    rcode: null,
  };
  const source = { address: "10.0.0.1", port: 50_000 };
  assert.deepEqual(facts, [
    {
      startMicros: 1_000_000.25,
      endMicros: 1_000_412.5,
      outcome: "refused",
      preNat: { source, destination: { address: "10.0.0.2", port: 80 } },
      postNat: { source, destination: { address: "10.0.0.2", port: 8080 } },
      firstDirection: 0,
      senderLink: 0,
      retries: 3,
      otherAnswer: null,
      path: new ConnectionPath("10.0.0.1", { address: "10.0.0.2", port: 80 }, { address: "10.0.0.2", port: 8080 }),
    },
    { ...lookup, chain: ["b.example", "c.example"], addresses: ["10.0.0.7", "10.0.0.8"] },
    12_345.5,
    { ...lookup, chain: [], addresses: [] },
    { packets: 3, décode: "ü" },
  ]);
});

test("a connection does not end before it starts, where packets were out of order", () => {
  const { facts, reader } = reading();
  reader.read(connectionWith((_, doubles) => doubles.fill(1_000_000, 2, 3)));
  const [{ startMicros, endMicros }] = facts as [Connection];
  assert.deepEqual([startMicros, endMicros], [1_000_000.25, 1_000_000.25]);
});

test("the stream may arrive in chunks of any size, single bytes included", () => {
  const whole = reading();
  whole.reader.read(sample);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (sizes) => {
      const { facts, reader } = reading();
      for (let at = 0, i = 0; at < sample.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        reader.read(sample.subarray(at, at + size));
        at += size;
      }
      assert.deepEqual(facts, whole.facts);
    }),
  );
});

test("facts that the handlers give back are filled in anew, with nothing of their last use", () => {
  const spare = new SpareFacts();
  const facts: unknown[] = [];
  const taken = new Set<object>();
  const reader = new FactReader({
    spare,
    connection(fact) {
      facts.push({ ...structuredClone(fact), path: fact.path });
      taken.add(fact);
      spare.connection(fact);
    },
    lookup(fact) {
      facts.push(structuredClone(fact));
      taken.add(fact);
      spare.lookup(fact);
    },
    time: (micros) => facts.push(micros),
    counters: (counters) => facts.push(counters),
  });
  const plain = written((writer) => {
    const at = writer.beginConnection();
    writer.words.fill(0, at + 2, at + ConnectionLayout.bytes / 4);
    writeLookup(writer, "b.example", null, []);
  });
  const kept = reading();
  for (const bytes of [sample, plain, sample]) {
    reader.read(bytes);
    kept.reader.read(bytes);
  }
  assert.deepEqual(facts, kept.facts);
  assert.equal(taken.size, 2);
});

test("a batch that is much larger than the reader's buffer is read completely", () => {
  const bytes = written((writer) => {
    for (let i = 0; i < 5_000; i++) writeConnection(writer, i % 200);
  });
  const { facts, reader } = reading();
  reader.read(bytes);
  assert.equal(facts.length, 5_000);
});

test("each endpoint has its own address and port, although endpoints are cached", () => {
  // Successive ports with equal lower bits share an entry of the cache.
  const ends = Array.from({ length: 3_200 }, (_, i) => ({ last: 1 + Math.floor(i / 16), port: 80 + (i % 16) * 4_096 }));
  const { facts, reader } = reading();
  reader.read(
    written((writer) => {
      for (const { last, port } of ends) {
        const at = writer.beginConnection();
        writer.words.fill(0, at + 2, at + ConnectionLayout.bytes / 4);
        for (const end of [0, 4]) putAddress(writer.words, at + ConnectionLayout.preNatAt + end, last);
        writer.words[at + ConnectionLayout.preNatAt + PORTS_AT] = (port << 16) | port;
      }
    }),
  );
  const expected = ends.map(({ last, port }) => ({ address: `10.0.0.${last}`, port }));
  const firsts = facts.map((fact) => (fact as Connection).preNat);
  assert.deepEqual(
    firsts.map(({ destination }) => destination),
    expected,
  );
  assert.deepEqual(
    firsts.map(({ source }) => source),
    expected,
  );
});

test("a text keeps its number until all numbers are used; then a number means the latest text sent with it", () => {
  const { facts, reader } = reading();
  const names = Array.from({ length: MAX_TEXTS + 10 }, (_, i) => `n${i}.example`);
  reader.read(
    written((writer) => {
      for (const name of [...names, "n0.example", "n5.example"]) writeLookup(writer, name, null, []);
    }),
  );
  assert.deepEqual(
    facts.map((fact) => (fact as { name: string }).name),
    [...names, "n0.example", "n5.example"],
  );
});

test("a name keeps its number while the chain of the same lookup takes a new one", () => {
  const { facts, reader } = reading();
  reader.read(
    written((writer) => {
      for (let i = 0; i < MAX_TEXTS; i++) writer.text(`n${i}.example`);
      writeLookup(writer, "n0.example", "edge.example", []);
    }),
  );
  const [{ name, chain }] = facts as [{ name: string; chain: string[] }];
  assert.deepEqual([name, chain], ["n0.example", ["edge.example"]]);
});

test("long texts evict the oldest ones, and evicted texts are sent again when needed", () => {
  const { facts, reader } = reading();
  const name = (i: number) => `n${i}.`.padEnd(1_000, "x");
  const used = Array.from({ length: 12_000 }, (_, i) => (i % 3 === 0 && i > 0 ? i - 1 - (i % 500) : i));
  const chains = used.map((i) => name(i + 100_000).padEnd(MAX_TEXT_LENGTH, "y"));
  reader.read(
    written((writer) => {
      for (const [i, each] of used.entries()) writeLookup(writer, name(each), chains[i] ?? "", []);
    }),
  );
  assert.equal(facts.length, used.length);
  for (const [i, fact] of facts.entries()) {
    const { name: read, chain } = fact as { name: string; chain: string[] };
    assert.ok(read === name(used[i] ?? -1) && chain[0] === chains[i], `lookup ${i}`);
  }
});

test("a text that is longer than the reader takes is cut", () => {
  const { facts, reader } = reading();
  reader.read(written((writer) => writeLookup(writer, "a.example", "x".repeat(2 * MAX_RECORD_BYTES), [])));
  assert.deepEqual((facts as [{ chain: string[] }])[0].chain, ["x".repeat(MAX_TEXT_LENGTH)]);
});

test("a lookup with as many addresses and names as are kept of an answer fits into a record", () => {
  const { facts, reader } = reading();
  const addresses = Array.from({ length: MAX_ANSWER_ADDRESSES }, (_, i) => i);
  reader.read(written((writer) => writeLookup(writer, "a.example", chainOf(MAX_CHAIN_NAMES), addresses)));
  const [lookup] = facts as [{ chain: string[]; addresses: string[] }];
  assert.deepEqual([lookup.addresses.length, lookup.chain.length], [MAX_ANSWER_ADDRESSES, MAX_CHAIN_NAMES]);
});

function chainOf(length: number): string {
  return Array.from({ length }, (_, i) => `n${i}.example`).join(" ");
}

/** A record of this type and length with these words after its header. */
function record(type: number, words: readonly number[], length = 8 + 4 * words.length): Uint8Array {
  return new Uint8Array(Int32Array.of(type, length, ...words).buffer);
}

/** A time record with this time. */
function timeRecord(micros: number): Uint8Array {
  return written((writer) => writer.time(micros));
}

/** A connection with another double, or another word. */
function connectionWith(change: (words: Int32Array, doubles: Float64Array) => void): Uint8Array {
  return changed((writer) => writeConnection(writer, 1), change);
}

/** A lookup, after the record of its name, with another double. */
function lookupWith(double: number, micros: number): Uint8Array {
  const nameBytes = written((writer) => void writer.text("a.example")).length;
  const lookup = (writer: FactWriter) => writeLookup(writer, "a.example", null, []);
  return changed(lookup, (_, doubles) => {
    doubles[nameBytes / 8 + double] = micros;
  });
}

function changed(
  write: (writer: FactWriter) => void,
  change: (words: Int32Array, doubles: Float64Array) => void,
): Uint8Array {
  const bytes = written(write);
  const { buffer } = bytes.slice();
  change(new Int32Array(buffer), new Float64Array(buffer));
  return new Uint8Array(buffer);
}

/** A text record with these bytes. */
function textRecord(number: number, text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + Math.ceil(text.length / 8) * 8);
  new Int32Array(bytes.buffer).set([RecordType.text, bytes.length, number, text.length]);
  bytes.set(text, 16);
  return bytes;
}

const NO_TIMES = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, MAX_MICROS + 1, 1e300];
const REFUSED_TIMES: readonly (readonly [string, Uint8Array])[] = NO_TIMES.flatMap((micros) => [
  [`a time record of ${micros}`, timeRecord(micros)],
  [`a connection that starts at ${micros}`, connectionWith((_, doubles) => doubles.fill(micros, 1, 2))],
  [`a connection that ends at ${micros}`, connectionWith((_, doubles) => doubles.fill(micros, 2, 3))],
  [`a query at ${micros}`, lookupWith(LookupLayout.queryDouble, micros)],
  // NaN: without an answer.
  ...(Number.isNaN(micros) ? [] : [[`an answer at ${micros}`, lookupWith(LookupLayout.answerDouble, micros)] as const]),
]);

const REFUSED: readonly (readonly [string, Uint8Array])[] = [
  ...REFUSED_TIMES,
  [
    "a negative number of retries",
    connectionWith((words) => words.fill(-1, ConnectionLayout.retriesAt, ConnectionLayout.retriesAt + 1)),
  ],
  [
    "an unknown direction",
    connectionWith((words) => words.fill(3, ConnectionLayout.directionAt, ConnectionLayout.directionAt + 1)),
  ],
  ["a text longer than those of the sensor", textRecord(0, new Uint8Array(MAX_TEXT_LENGTH + 1).fill(97))],
  ["a text with a line break", textRecord(0, Uint8Array.of(97, 10, 98))],
  ["a text that is not ASCII", textRecord(0, Uint8Array.of(0xc3, 0xa9))],
  [
    "a name longer than those of DNS",
    written((writer) => writeLookup(writer, "x".repeat(MAX_NAME_LENGTH + 1), null, [])),
  ],
  [
    "more characters of texts than the sensor keeps",
    concatRecords(
      ...Array.from({ length: MAX_TEXT_CHARACTERS / MAX_TEXT_LENGTH + 1 }, (_, i) =>
        textRecord(i, new Uint8Array(MAX_TEXT_LENGTH).fill(97)),
      ),
    ),
  ],
  ["a length of 0", record(RecordType.time, [0, 0], 0)],
  ["a length below its header", record(RecordType.time, [0, 0], 8)],
  ["a negative length", record(RecordType.time, [0, 0], -8)],
  ["a length that is no multiple of 8", record(RecordType.time, [0, 0], 20)],
  ["a length above every record", record(RecordType.text, [0, 0], MAX_RECORD_BYTES + 8)],
  ["the greatest possible length", record(RecordType.text, [0, 0], 0x7fff_fff8)],
  ["an unknown type", record(7, [0, 0])],
  ["type 0", record(0, [0, 0])],
  ["a negative type", record(-1, [0, 0])],
  ["a connection too short", record(RecordType.connection, new Array(26).fill(0))],
  ["a connection too long", record(RecordType.connection, new Array(30).fill(0))],
  ["a connection of unknown outcome", record(RecordType.connection, [0, 0, 0, 0, 99, ...new Array(23).fill(0)])],
  ["a connection of negative outcome", record(RecordType.connection, [0, 0, 0, 0, -1, ...new Array(23).fill(0)])],
  ["a lookup too short", record(RecordType.lookup, new Array(24).fill(0))],
  ["a lookup with the number of a text that was never sent", record(RecordType.lookup, new Array(28).fill(0))],
  ["a text with a negative number", record(RecordType.text, [-1, 0])],
  ["a text with a number too large", record(RecordType.text, [MAX_TEXTS, 0])],
  ["a text longer than its record", record(RecordType.text, [0, 9, 0, 0])],
  ["a text of negative length", record(RecordType.text, [0, -1])],
  ["counters that are not JSON", record(RecordType.counters, [0, 4, 0x7b7b7b7b, 0])],
  [
    "a lookup with more addresses than are kept of an answer",
    written((writer) => writeLookup(writer, "a.example", null, new Array(MAX_ANSWER_ADDRESSES + 1).fill(1))),
  ],
  [
    "a chain of more names than are kept of an answer",
    written((writer) => writeLookup(writer, "a.example", chainOf(MAX_CHAIN_NAMES + 1), [])),
  ],
  [
    "a lookup with half an address",
    concatRecords(record(RecordType.text, [0, 0]), record(RecordType.lookup, new Array(30).fill(0))),
  ],
];

function concatRecords(...records: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(records));
}

for (const [what, bytes] of REFUSED) {
  test(`the reader refuses ${what}`, () => {
    assert.throws(() => reading().reader.read(bytes), FactStreamError);
    assert.throws(() => {
      const { reader } = reading();
      for (const byte of bytes) reader.read(Uint8Array.of(byte));
    }, FactStreamError);
  });
}

test("arbitrary bytes are read or refused with FactStreamError", () => {
  const someRecords = fc.array(
    fc.record({
      type: fc.integer({ min: 0, max: 6 }),
      words: fc.array(fc.integer({ min: -2, max: 40 }), { maxLength: 60 }),
    }),
  );
  const records = someRecords.map((all) =>
    concatRecords(...all.map(({ type, words }) => record(type, words.length % 2 === 0 ? words : [...words, 0]))),
  );
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 500 }), records), (bytes) => {
      try {
        reading().reader.read(bytes);
      } catch (error) {
        assert.ok(error instanceof FactStreamError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test("a stream with one changed byte is read or refused, and yields no more facts than fit into its length", () => {
  fc.assert(
    fc.property(fc.nat(sample.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bytes = sample.slice();
      bytes[at] = (bytes[at] ?? 0) ^ change;
      const { facts, reader } = reading();
      try {
        reader.read(bytes);
      } catch (error) {
        assert.ok(error instanceof FactStreamError, String(error));
      }
      assert.ok(facts.length <= sample.length / 16);
    }),
    { numRuns: 1_000 },
  );
});

test("an answer from another server than the dialed one comes with its time and outcome", () => {
  for (const [micros, isReset, outcome] of [
    [0, false, "established"],
    [1_234, true, "refused"],
    [-3, false, "established"],
  ] as const) {
    const { facts, reader } = reading();
    reader.read(
      connectionWith((words) => {
        words[ConnectionLayout.otherAnswerAt] = otherAnswerWord(micros, isReset);
      }),
    );
    const [{ preNat, postNat, otherAnswer }] = facts as [Connection];
    const server = { address: "10.0.0.2", port: 8080 };
    assert.deepEqual(otherAnswer, { server, outcome, micros: 1_000_000.25 + Math.max(0, micros) });
    assert.equal(postNat, preNat);
  }
});

test("an answer before its connection is no valid record", () => {
  const bytes = connectionWith((words) => {
    words[ConnectionLayout.otherAnswerAt] = -1;
  });
  assert.throws(() => reading().reader.read(bytes), FactStreamError);
});
