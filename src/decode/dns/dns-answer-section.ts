import { ADDRESS_WORDS } from "../../model/address.ts";
import { type DnsAnswer, MAX_ANSWER_ADDRESSES, MAX_CHAIN_NAMES } from "../../model/dns-message.ts";
import { setIpv4 } from "../network/ip.ts";
import { DNS_HEADER } from "./dns-header.ts";
import { MALFORMED, MAX_NAMES, NameTable, TOO_MUCH } from "./name-table.ts";

/** TYPE and QTYPE values (RFC 1035 §3.2.2, RFC 3596). */
export const RecordType = { a: 1, cname: 5, null: 10, aaaa: 28, any: 255 } as const;
const CLASS_INTERNET = 1;

/** After the name of a record: type, class, TTL, data length (RFC 1035 §4.1.3). */
export const RECORD_FIXED_BYTES = 10;
export const TTL_AT = 4;

/** Records of an answer section that are decoded: more than the addresses that are kept, because of signatures and others. */
export const MAX_RECORDS = 512;

const NO_TARGET = -1;

/** Offsets of the records of an answer section, by their number: owner names, and the fields after them. */
interface RecordOffsets {
  readonly ownerAt: Int32Array;
  readonly fixedAt: Int32Array;
  count: number;
  /** There are more records. */
  isCut: boolean;
}

export function emptyRecordOffsets(): RecordOffsets {
  return { ownerAt: new Int32Array(MAX_RECORDS), fixedAt: new Int32Array(MAX_RECORDS), count: 0, isCut: false };
}

/** Decodes answer sections. The work for each is bounded, see MAX_RECORDS and NameTable. */
export class AnswerSectionReader {
  readonly #names = new NameTable();
  readonly #owners = new Int32Array(MAX_RECORDS);
  /** Where each name's CNAME leads, by the numbers of names. */
  readonly #targets = new Int32Array(MAX_NAMES);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #start = 0;
  #end = 0;

  /**
   * Decodes the records at `offsets`, as offsets from `start`, of the message from `start` to `end`. Null if none of them
   * answers the question.
   */
  read(
    view: DataView,
    start: number,
    end: number,
    offsets: RecordOffsets,
    questionType: number,
  ): DnsAnswer | null | "malformed" {
    this.#view = view;
    this.#start = start;
    this.#end = end;
    this.#names.clear();
    this.#targets.fill(NO_TARGET);
    const question = this.#names.read(view, start, start + DNS_HEADER, end);
    const count = this.#readNames(offsets);
    if (question < 0 || count === MALFORMED) return "malformed";
    const chain = this.#followChain(question);
    const owner = chain.at(-1) ?? question;
    const wantsAddresses = questionType === RecordType.a || questionType === RecordType.aaaa;
    const own = wantsAddresses ? this.#findAddresses(offsets, count, owner) : [];
    const isMisnamed = wantsAddresses && own.length === 0;
    const found = isMisnamed ? this.#findType(offsets, count, questionType) : own;
    const isAnswered = chain.length > 0 || found.length > 0 || this.#hasRecord(offsets, count, owner, questionType);
    if (!isAnswered) return null;
    const kept = found.slice(0, MAX_ANSWER_ADDRESSES);
    return {
      // A chain that returns to the question is ignored.
      chain: owner === question ? [] : shortened(chain).map((name) => this.#names.text(name)),
      addresses: this.#addressesAt(kept),
      omittedAddresses: found.length - kept.length,
      isMisnamed: isMisnamed && found.length > 0,
      isCut: offsets.isCut || count < offsets.count || chain.length > MAX_CHAIN_NAMES,
    };
  }

  /** Reads owner names and CNAME targets; returns the number of records that were read within the bounds. */
  #readNames({ ownerAt, fixedAt, count }: RecordOffsets): number {
    for (let i = 0; i < count; i++) {
      const owner = this.#nameAt(ownerAt[i] ?? 0);
      if (owner === MALFORMED) return MALFORMED;
      if (owner === TOO_MUCH) return i;
      this.#owners[i] = owner;
      if (this.#typeAt(fixedAt[i] ?? 0) !== RecordType.cname) continue;
      const target = this.#nameAt((fixedAt[i] ?? 0) + RECORD_FIXED_BYTES);
      if (target === MALFORMED) return MALFORMED;
      if (target === TOO_MUCH) return i;
      // A CNAME to itself is ignored.
      if (this.#targets[owner] === NO_TARGET && target !== owner) this.#targets[owner] = target;
    }
    return count;
  }

  #nameAt(offset: number): number {
    return this.#names.read(this.#view, this.#start, this.#start + offset, this.#end);
  }

  /** Records of other classes count as NULL records, whose data is opaque (RFC 1035 §3.3.10). */
  #typeAt(fixedAt: number): number {
    const at = this.#start + fixedAt;
    const isInternet = (this.#view.getUint16(at + 2) & 0x7fff) === CLASS_INTERNET;
    return isInternet ? this.#view.getUint16(at) : RecordType.null;
  }

  /** The CNAME chain of `name`, in any order of the records; a loop ends where it closes. */
  #followChain(name: number): number[] {
    const chain: number[] = [];
    let end = name;
    for (let target = this.#targetOf(end); target !== NO_TARGET; target = this.#targetOf(end)) {
      this.#targets[end] = NO_TARGET;
      chain.push(target);
      end = target;
    }
    return chain;
  }

  #targetOf(name: number): number {
    return this.#targets[name] ?? NO_TARGET;
  }

  #hasRecord({ fixedAt }: RecordOffsets, count: number, owner: number, questionType: number): boolean {
    for (let i = 0; i < count; i++) {
      if (this.#owners[i] !== owner) continue;
      if (questionType === RecordType.any || this.#typeAt(fixedAt[i] ?? 0) === questionType) return true;
    }
    return false;
  }

  /** Offsets of the address records of an owner name. */
  #findAddresses({ fixedAt }: RecordOffsets, count: number, owner: number): number[] {
    const found: number[] = [];
    for (let i = 0; i < count; i++) {
      if (this.#owners[i] !== owner) continue;
      const type = this.#typeAt(fixedAt[i] ?? 0);
      if (type === RecordType.a || type === RecordType.aaaa) found.push(fixedAt[i] ?? 0);
    }
    return found;
  }

  /** Offsets of the records of a type, with any owner name: a DNS server that rewrites questions may not rewrite answers. */
  #findType({ fixedAt }: RecordOffsets, count: number, type: number): number[] {
    const found: number[] = [];
    for (let i = 0; i < count; i++) if (this.#typeAt(fixedAt[i] ?? 0) === type) found.push(fixedAt[i] ?? 0);
    return found;
  }

  #addressesAt(records: readonly number[]): Int32Array {
    const view = this.#view;
    const words = new Int32Array(records.length * ADDRESS_WORDS);
    for (const [i, fixedAt] of records.entries()) {
      const at = i * ADDRESS_WORDS;
      const dataAt = this.#start + fixedAt + RECORD_FIXED_BYTES;
      if (this.#typeAt(fixedAt) === RecordType.a) setIpv4(words, at, view.getInt32(dataAt));
      else for (let word = 0; word < ADDRESS_WORDS; word++) words[at + word] = view.getInt32(dataAt + 4 * word);
    }
    return words;
  }
}

/** The first names of a chain and the last one. */
function shortened(chain: readonly number[]): readonly number[] {
  const last = chain.at(-1);
  if (last === undefined || chain.length <= MAX_CHAIN_NAMES) return chain;
  return [...chain.slice(0, MAX_CHAIN_NAMES - 1), last];
}
