import type { FactReader } from "../../../src/facts/fact-reader.ts";
import { HEADER_BYTES, MAX_MICROS, MAX_RECORD_BYTES, MAX_TEXTS, RecordType } from "../../../src/facts/record-layout.ts";
import { pick, type Random, randomOf } from "./hostile-traffic.ts";

const WORDS = [0, 1, -1, 2, 7, 99, 0xffff, 0x10000, 0x7fff_ffff, -0x8000_0000, MAX_TEXTS - 1, MAX_TEXTS];
const DOUBLES = [
  0,
  -1,
  0.5,
  1e9,
  1e15,
  2 ** 32 * 1e6,
  MAX_MICROS,
  MAX_MICROS + 1,
  1e300,
  -1e300,
  Number.MIN_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
/** JSON in place of a value, as text: `1e999` is read as Infinity. */
const VALUES = [
  "null",
  "true",
  '"x"',
  "[]",
  "{}",
  "-1",
  "0",
  "1",
  "0.5",
  "1e15",
  "1e308",
  "1e999",
  "-1e999",
  "9007199254740993",
  '{"toString":1,"valueOf":1}',
  "[[53]]",
  '[{"toString":1}]',
  '{"__proto__":1}',
  '{"constructor":1}',
  '"a\\nb"',
  `"${"x".repeat(1_000)}"`,
];

/** The records of a stream. */
export function recordsOf(stream: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at < stream.length; ) {
    const length = new DataView(stream.buffer, stream.byteOffset + at).getInt32(4, true);
    records.push(stream.slice(at, at + length));
    at += length;
  }
  return records;
}

/** A stream with one change for each seed, most of them to the content of a record. */
export function changedStream(records: readonly Uint8Array[], seeds: readonly number[]): Uint8Array {
  const changed = records.map((record) => record.slice());
  for (const seed of seeds) {
    const random = randomOf(seed);
    pick(random, CHANGES)(changed, random(changed.length), random);
  }
  return new Uint8Array(Buffer.concat(changed));
}

type Change = (records: Uint8Array[], at: number, random: Random) => void;

const changeWord: Change = (records, at, random) => {
  const words = new Int32Array((records[at] ?? new Uint8Array(8)).buffer);
  words[2 + random(Math.max(1, words.length - 2))] = pick(random, WORDS);
};

const changeDouble: Change = (records, at, random) => {
  const { buffer } = records[at] ?? new Uint8Array(8);
  new Float64Array(buffer).fill(pick(random, DOUBLES), 1, 2 + random(2));
};

const changeByte: Change = (records, at, random) => {
  const record = records[at];
  if (record !== undefined) record[random(record.length)] = random(256);
};

/** Another value in the counters or in the first record. */
const changeJson: Change = (records, _, random) => {
  const isJson = (type: number | undefined) => type === RecordType.counters || type === RecordType.hello;
  const places = [...records.keys()].filter((i) => isJson(new Int32Array((records[i] ?? new Uint8Array(8)).buffer)[0]));
  if (places.length === 0) return;
  const at = pick(random, places);
  const { buffer } = records[at] ?? new Uint8Array(16);
  const [type = 0, , number = 0, length = 0] = new Int32Array(buffer);
  const text = Buffer.from(buffer, 2 * HEADER_BYTES, Math.max(0, Math.min(length, buffer.byteLength - 16))).toString();
  const values = [...text.matchAll(/(?<=:)(?:-?\d+|"[^"]*"|\[[^\]]*\])/g)];
  const found = values.length === 0 || random(8) === 0 ? undefined : pick(random, values);
  const value = pick(random, VALUES);
  const json =
    found === undefined ? value : `${text.slice(0, found.index)}${value}${text.slice(found.index + found[0].length)}`;
  records[at] = jsonRecord(type, number, json);
};

function jsonRecord(type: number, number: number, json: string): Uint8Array {
  const bytes = Buffer.from(json);
  const record = new Uint8Array(2 * HEADER_BYTES + Math.ceil(bytes.length / 8) * 8);
  new Int32Array(record.buffer, 0, 4).set([type, record.length, number, bytes.length]);
  record.set(bytes, 2 * HEADER_BYTES);
  return record.length <= MAX_RECORD_BYTES ? record : new Uint8Array(0);
}

const CHANGES: readonly Change[] = [
  changeWord,
  changeWord,
  changeDouble,
  changeDouble,
  changeByte,
  changeJson,
  changeJson,
  (records, at) => void records.splice(at, 1),
  (records, at, random) => void records.splice(random(records.length), 0, records[at]?.slice() ?? new Uint8Array(0)),
  (records, at, random) => {
    const other = random(records.length);
    [records[at], records[other]] = [records[other] ?? new Uint8Array(0), records[at] ?? new Uint8Array(0)];
  },
];

/** Reads a stream in chunks of some size. */
export function readInChunks(reader: FactReader, stream: Uint8Array, size: number): void {
  for (let at = 0; at < stream.length; at += size) reader.read(stream.subarray(at, at + size));
}
