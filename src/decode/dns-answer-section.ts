import { ADDRESS_WORDS } from "../model/address.ts";
import { type DnsAnswer, MAX_ANSWER_ADDRESSES } from "../model/dns-message.ts";
import { dnsPacketNameText } from "./dns-name.ts";
import { decode } from "./dns-packet.ts";
import { setIpv4 } from "./ip.ts";

/** TYPE and QTYPE values (RFC 1035 §3.2.2, RFC 3596). */
export const RecordType = { a: 1, cname: 5, null: 10, aaaa: 28, any: 255 } as const;
const CLASS_INTERNET = 1;

/** Behind a record's name: type, class, TTL, data length (RFC 1035 §4.1.3). */
export const RECORD_FIXED_BYTES = 10;

/** A record of the answer section, by what matters here. */
interface AnswerRecord {
  readonly type: number;
  /** Lower case, as dns-packet spells names. */
  readonly owner: string;
  /** Of a CNAME. */
  readonly target: string;
  /** Where the record's data stand. */
  readonly dataAt: number;
}

/**
 * Reads the answer section of a message that ends with it: `count` records, the type of record `i` at `fixedAt[i]`.
 * Null when no record belongs to the question's name. Throws what dns-packet throws on names without end.
 */
export function readAnswerSection(
  message: Buffer,
  fixedAt: Int32Array,
  count: number,
  questionType: number,
): DnsAnswer | null {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const { questionName, records } = readRecords(message, view, fixedAt, count);
  const { chain, end } = followChain(questionName, records);
  const atEnd = records.filter((record) => record.owner === end);
  const wantsAddresses = questionType === RecordType.a || questionType === RecordType.aaaa;
  const isAnswered =
    chain.length > 0 || atEnd.some((record) => record.type === questionType || questionType === RecordType.any);
  if (!isAnswered) return null;
  const found = wantsAddresses ? atEnd.filter(({ type }) => type === RecordType.a || type === RecordType.aaaa) : [];
  const kept = found.slice(0, MAX_ANSWER_ADDRESSES);
  return {
    // A chain that leads back to the question is none: the name stands for itself.
    chain: end === questionName ? [] : chain.map(dnsPacketNameText),
    addresses: addressesOf(kept, view),
    omittedAddresses: found.length - kept.length,
  };
}

function readRecords(message: Buffer, view: DataView, fixedAt: Int32Array, count: number) {
  const types: number[] = [];
  for (let i = 0; i < count; i++) {
    const at = fixedAt[i] ?? 0;
    const isInternet = (view.getUint16(at + 2) & 0x7fff) === CLASS_INTERNET;
    const type = isInternet ? view.getUint16(at) : RecordType.null;
    types.push(type);
    // The data of other types are not read here. As NULL records, whose data are opaque (RFC 1035 §3.3.10), they
    // cannot make dns-packet reject the message for the sake of a broken SVCB record.
    if (!isRead(type)) view.setUint16(at, RecordType.null);
  }
  const { questions = [], answers = [] } = decode(message);
  const records = answers.map((answer, i): AnswerRecord => {
    const target = answer.type === "CNAME" ? lowerCase(answer.data) : "";
    const dataAt = (fixedAt[i] ?? 0) + RECORD_FIXED_BYTES;
    return { type: types[i] ?? 0, owner: lowerCase(answer.name), target, dataAt };
  });
  return { questionName: lowerCase(questions[0]?.name ?? "."), records };
}

function isRead(type: number): boolean {
  return type === RecordType.a || type === RecordType.aaaa || type === RecordType.cname;
}

/** CNAME targets from `name` on, whatever the order of the records; a loop ends where it closes, a CNAME to itself is none. */
function followChain(name: string, records: readonly AnswerRecord[]): { chain: string[]; end: string } {
  const targets = new Map<string, string>();
  for (const { type, owner, target } of records) {
    if (type === RecordType.cname && owner !== target && !targets.has(owner)) targets.set(owner, target);
  }
  const chain: string[] = [];
  let end = name;
  for (let target = targets.get(end); target !== undefined; target = targets.get(end)) {
    targets.delete(end);
    chain.push(target);
    end = target;
  }
  return { chain, end };
}

function addressesOf(records: readonly AnswerRecord[], view: DataView): Int32Array {
  const words = new Int32Array(records.length * ADDRESS_WORDS);
  for (const [i, record] of records.entries()) {
    const at = i * ADDRESS_WORDS;
    if (record.type === RecordType.a) setIpv4(words, at, view.getInt32(record.dataAt));
    else for (let word = 0; word < ADDRESS_WORDS; word++) words[at + word] = view.getInt32(record.dataAt + 4 * word);
  }
  return words;
}

/** ASCII only (RFC 4343): Unicode's folding turns the Kelvin sign into a "k". */
function lowerCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
