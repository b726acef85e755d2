/** Well-formed answers that are as expensive as possible for their size. */
import { concat } from "../../support/packet-builder.ts";

export const QUESTION_AT = 12;
export const A = 1;
const CNAME = 5;
const TXT = 16;

export function u16(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value >>> 8, value & 255]));
}

function labels(...texts: readonly string[]): Uint8Array {
  return concat(...texts.map((text) => Uint8Array.of(text.length, ...Buffer.from(text))));
}

const ROOT = Uint8Array.of(0);

function pointer(offset: number): Uint8Array {
  return u16(0xc000 | offset);
}

export function resourceRecord(owner: Uint8Array, type: number, data: Uint8Array): Uint8Array {
  return concat(owner, u16(type, 1, 0, 5, data.length), data);
}

/** A name of 119 labels, almost the maximum, which differs for each message. */
export function deepName(n: number): Uint8Array {
  return concat(labels(String(n).padStart(5, "0"), ...Array<string>(118).fill("a")), ROOT);
}

/** A response to a question for the name, with as many records as fit; each is made with its offset. */
export function answerOf(
  name: Uint8Array,
  maxBytes: number,
  recordAt: (at: number, i: number) => Uint8Array,
  type = A,
): Uint8Array {
  const question = concat(name, u16(type, 1));
  const records: Uint8Array[] = [];
  let at = QUESTION_AT + question.length;
  for (;;) {
    const next = recordAt(at, records.length);
    if (at + next.length > maxBytes) break;
    records.push(next);
    at += next.length;
  }
  return concat(u16(1, 0x8180, 1, records.length, 0, 0), question, ...records);
}

export const ADDRESS = Uint8Array.of(192, 0, 2, 1);
export const TO_QUESTION = pointer(QUESTION_AT);

/** A distinct label before a pointer: a different name at each offset. */
export function ownLabel(i: number, target: number): Uint8Array {
  return concat(labels(i.toString(36)), pointer(target));
}

/** Each name ends with a pointer to the previous one, up to the maximum length. */
function nested(at: number, i: number): Uint8Array {
  const isFirst = i % 60 === 0;
  const size = 4 + 10 + 4;
  return resourceRecord(concat(labels("x"), pointer(isFirst ? QUESTION_AT : at - size)), A, ADDRESS);
}

export const KINDS: readonly { readonly name: string; readonly recordAt: (at: number, i: number) => Uint8Array }[] = [
  { name: "empty texts at pointers to a deep name", recordAt: () => resourceRecord(TO_QUESTION, TXT, ROOT.slice(1)) },
  { name: "addresses at pointers to a deep name", recordAt: () => resourceRecord(TO_QUESTION, A, ADDRESS) },
  { name: "CNAMEs of a deep name to itself", recordAt: () => resourceRecord(TO_QUESTION, CNAME, TO_QUESTION) },
  {
    name: "a chain of names of their own, each before a deep name",
    recordAt: (_, i) =>
      resourceRecord(i === 0 ? TO_QUESTION : ownLabel(i - 1, QUESTION_AT + 20), CNAME, ownLabel(i, QUESTION_AT + 20)),
  },
  {
    name: "addresses of names of their own",
    recordAt: (_, i) => resourceRecord(ownLabel(i, QUESTION_AT + 20), A, ADDRESS),
  },
  { name: "names that end in the name before", recordAt: nested },
  { name: "deep names without compression", recordAt: (_, i) => resourceRecord(deepName(i), A, ADDRESS) },
  { name: "texts of 250 bytes", recordAt: () => resourceRecord(TO_QUESTION, TXT, new Uint8Array(250)) },
  {
    name: "pointers into the middle of a deep name",
    recordAt: (_, i) => resourceRecord(pointer(QUESTION_AT + 6 + 2 * (i % 100)), A, ADDRESS),
  },
];

/** Different answers of at most `maxBytes` bytes, of all kinds in turn. */
export function costlyAnswers(maxBytes: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const { recordAt } = KINDS[i % KINDS.length] ?? {};
    return recordAt === undefined ? new Uint8Array(0) : answerOf(deepName(i), maxBytes, recordAt);
  });
}
