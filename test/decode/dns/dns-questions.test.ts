import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DnsQuestions, hashQuestion } from "../../../src/decode/dns/dns-questions.ts";

const PARTS = 10;
const PART_LENGTH = 7;

/** FNV-1a, which anyone can compute. */
function fnv(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** Two parts of a name after which the hash is the same. */
function collision(seed: number): readonly [string, string] {
  const known = new Map<number, string>();
  for (let i = 0; ; i++) {
    const part = `${i.toString(36).padStart(PART_LENGTH - 1, "0")}.`;
    const hash = fnv(part, seed);
    const other = known.get(hash);
    if (other !== undefined) return [other, part];
    known.set(hash, part);
  }
}

test("names that a sender chooses for equal hashes of a known function have different hashes", () => {
  const seed = (PARTS * PART_LENGTH) ^ (1 << 8);
  let names = [""];
  for (let i = 0; i < PARTS; i++) {
    const parts = collision(fnv(names[0] ?? "", seed));
    names = names.flatMap((name) => parts.map((part) => name + part));
  }
  assert.equal(new Set(names.map((name) => fnv(name, seed))).size, 1);
  // Two of 1,024 have one by chance in one of 8,000 runs.
  assert.ok(new Set(names.map((name) => hashQuestion(name, 1))).size >= names.length - 1);
});

const IN = [0, 1];
const UNICAST_RESPONSE_IN = [0x80, 1];

/** Labels, with zero bytes, of a length that may be too much for a label or a name, and the rest of a question. */
const labels = fc.array(fc.array(fc.constantFrom(0, 1, 5, 0x41, 0x61, 0x2e, 0xff), { minLength: 1, maxLength: 66 }), {
  maxLength: 7,
});
const questions = fc
  .record({ labels, type: fc.constantFrom(1, 28, 0), ofClass: fc.constantFrom(IN, IN, IN, UNICAST_RESPONSE_IN) })
  .map(({ labels, type, ofClass }) => [...labels.flatMap((label) => [label.length, ...label]), 0, 0, type, ...ofClass]);

/** A question, read by its labels as RFC 1035 §3.1 has them, or what is wrong with it. */
function readLabels(bytes: readonly number[]) {
  let text = "";
  let at = 0;
  for (let length = bytes[at]; length !== 0; length = bytes[at]) {
    if (length === undefined) return "truncated";
    if (length > 63 || at + length >= 254) return "malformed";
    const label = bytes.slice(at + 1, at + 1 + length);
    const isPlain = (byte: number) => byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c;
    const characters = label.map((byte) =>
      isPlain(byte) ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, "0")}`,
    );
    text += `${text === "" ? "" : "."}${characters.join("")}`;
    at += length + 1;
  }
  const end = at + 5;
  if (end > bytes.length) return "truncated";
  return bytes[end - 2] === 0x80 ? "multicast_dns" : { name: text, type: bytes[end - 3], end };
}

test("questions are those of their labels, known or not, whatever bytes are in their labels and around them", () => {
  const BEFORE = 3;
  const inBuffer = (bytes: readonly number[], around: number) =>
    new DataView(Uint8Array.from([...Array(BEFORE).fill(around), ...bytes, ...Array(9).fill(around)]).buffer);
  fc.assert(
    fc.property(fc.array(questions, { minLength: 1, maxLength: 5 }), fc.nat(30), (sent, missing) => {
      const known = new DnsQuestions();
      for (const whole of [...sent, ...sent]) {
        for (const bytes of [whole, whole.slice(0, Math.max(0, whole.length - missing)), whole]) {
          const expected = readLabels(bytes);
          const question = known.read(inBuffer(bytes, 0), BEFORE, BEFORE + bytes.length);
          if (typeof question === "string" || typeof expected === "string") {
            assert.equal(question, expected);
            continue;
          }
          const { name, type } = question;
          assert.deepEqual({ name, type, end: known.end - BEFORE }, expected);
          const { hash } = known;
          assert.equal(known.read(inBuffer(bytes, 1), BEFORE, BEFORE + bytes.length), question);
          const other = new DnsQuestions();
          other.read(inBuffer([...bytes, 7], 0xff), BEFORE, BEFORE + bytes.length + 1);
          assert.deepEqual([known.hash, other.hash, other.end], [hash, hash, known.end]);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("each byte of a question is in its hash", () => {
  const questions = new DnsQuestions();
  for (const name of ["", "a", "bc", "def", "ghij", "klmno", "api.example", "wide.cluster.local"]) {
    const labels = name === "" ? [] : name.split(".");
    const bytes = [...labels.flatMap((label) => [label.length, ...Buffer.from(label)]), 0, 0, 1, 0, 1];
    const hashes = new Set<number>();
    let decoded = 0;
    for (let changed = -1; changed < bytes.length; changed++) {
      const view = new DataView(Uint8Array.from(bytes, (byte, i) => (i === changed ? byte ^ 2 : byte)).buffer);
      if (typeof questions.read(view, 0, bytes.length) === "string") continue;
      decoded++;
      hashes.add(questions.hash);
    }
    assert.ok(decoded > name.length, name);
    assert.equal(hashes.size, decoded, name);
  }
});
