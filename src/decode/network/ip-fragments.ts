import { GenerationalCache } from "../../bounded/generational-cache.ts";
import { hashWords } from "../../bounded/hash.ts";
import { ADDRESS_WORDS } from "../../model/address.ts";
import { type Datagram, missingBytes } from "./datagram.ts";
import type { DecodeCounters, IgnoredReason } from "./decode-counters.ts";

/** Incomplete datagrams of one generation; those of DNS are complete within microseconds. */
const MAX_DATAGRAMS = 512;
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_DATAGRAM_BYTES = 65_535;
/** The longest datagram over the smallest usual MTU (576) has 118. */
const MAX_PIECES = 128;

/** As long as Linux waits for the rest of a datagram (net.ipv4.ipfrag_time). */
const MAX_AGE_MICROS = 30_000_000;

/** The same fragments pass several interfaces of a node within this time, and are one datagram. */
const COPIES_MICROS = 100_000;

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A datagram of which some parts are here. */
class Assembly {
  readonly addresses: Int32Array;
  readonly id: number;
  readonly protocol: number;
  readonly firstMicros: number;
  /** In order, apart from each other. Empty once complete. */
  pieces: Piece[] = [];
  heldBytes = 0;
  /** Known once the last fragment is here; -1 before. */
  totalLength = -1;
  completeMicros: number | null = null;

  constructor(datagram: Datagram, id: number) {
    this.addresses = datagram.addresses.slice();
    this.id = id;
    this.protocol = datagram.protocol;
    this.firstMicros = datagram.timeMicros;
  }

  isFor(datagram: Datagram, id: number): boolean {
    if (this.id !== id || this.protocol !== datagram.protocol) return false;
    for (let i = 0; i < this.addresses.length; i++) if (this.addresses[i] !== datagram.addresses[i]) return false;
    return true;
  }

  /** Whether the same stretch of the datagram is here already. */
  has(offset: number, length: number): boolean {
    return this.pieces.some((piece) => piece.offset === offset && piece.bytes.length === length);
  }

  /** False, with nothing changed, when the part contradicts the others: overlaps them or ends elsewhere. */
  insert(offset: number, bytes: Uint8Array, isLast: boolean): boolean {
    const end = offset + bytes.length;
    const at = this.pieces.findIndex((piece) => piece.offset > offset);
    const index = at < 0 ? this.pieces.length : at;
    const before = this.pieces[index - 1];
    const after = this.pieces[index];
    if (before !== undefined && before.offset + before.bytes.length > offset) return false;
    if (after !== undefined && (isLast || after.offset < end)) return false;
    if (this.totalLength >= 0 && (isLast || end > this.totalLength)) return false;
    if (this.pieces.length >= MAX_PIECES) return false;
    if (isLast) this.totalLength = end;
    this.pieces.splice(index, 0, { offset, bytes });
    this.heldBytes += bytes.length;
    return true;
  }

  get isComplete(): boolean {
    return this.heldBytes === this.totalLength;
  }

  join(): Uint8Array {
    const whole = new Uint8Array(this.totalLength);
    for (const piece of this.pieces) whole.set(piece.bytes, piece.offset);
    return whole;
  }
}

/**
 * Puts IPv4 and IPv6 fragments together, in any order (RFC 791 §3.2, RFC 8200 §4.5).
 * Parts that overlap are never mixed (RFC 5722): the later one begins anew.
 */
export class IpFragments {
  readonly #counters: DecodeCounters;
  #assemblies: GenerationalCache<number, Assembly>;

  constructor(counters: DecodeCounters) {
    this.#counters = counters;
    this.#assemblies = this.#emptyTable();
  }

  /**
   * Takes the fragment whose payload stands at `start`. When it completes its datagram, `datagram` is the whole one
   * and the answer is null.
   */
  add(datagram: Datagram, id: number, offset: number, moreFragments: boolean): IgnoredReason | null {
    const { view, start, end } = datagram;
    const length = end - start;
    // A fragment that the capture cut cannot be put together; the first one is read like any cut packet.
    if (end < datagram.wireEnd) return offset === 0 ? null : missingBytes(datagram);
    if (length <= 0 || offset + length > MAX_DATAGRAM_BYTES) return "malformed";
    if (moreFragments && (length & 7) !== 0) return "malformed";
    const key = hashWords(datagram.addresses, 0, 2 * ADDRESS_WORDS, id ^ (datagram.protocol << 24));
    const assembly = this.#current(key, datagram, id);
    if (assembly.completeMicros !== null || assembly.has(offset, length)) return "fragment_copy";
    const bytes = new Uint8Array(view.buffer, view.byteOffset + start, length).slice();
    if (!assembly.insert(offset, bytes, !moreFragments)) {
      const anew = this.#begin(key, datagram, id);
      anew.insert(offset, bytes, !moreFragments);
      this.#counters.fragmentBytes += length;
      return "fragment";
    }
    this.#counters.fragmentBytes += length;
    if (this.#counters.fragmentBytes > MAX_BYTES) this.#dropAll();
    if (!assembly.isComplete) return "fragment";
    this.#complete(assembly, datagram);
    return null;
  }

  /** What is held of this datagram, or an empty assembly when there is nothing or it is too old. */
  #current(key: number, datagram: Datagram, id: number): Assembly {
    const held = this.#assemblies.get(key);
    if (held === undefined || !held.isFor(datagram, id)) return this.#begin(key, datagram, id);
    const isStale =
      held.completeMicros === null
        ? Math.abs(datagram.timeMicros - held.firstMicros) > MAX_AGE_MICROS
        : Math.abs(datagram.timeMicros - held.completeMicros) > COPIES_MICROS;
    return isStale ? this.#begin(key, datagram, id) : held;
  }

  #begin(key: number, datagram: Datagram, id: number): Assembly {
    const replaced = this.#assemblies.get(key);
    if (replaced !== undefined) this.#drop(replaced);
    const assembly = new Assembly(datagram, id);
    this.#assemblies.set(key, assembly);
    return assembly;
  }

  #complete(assembly: Assembly, datagram: Datagram): void {
    const whole = assembly.join();
    this.#release(assembly);
    assembly.completeMicros = datagram.timeMicros;
    this.#counters.reassembled += 1;
    datagram.view = new DataView(whole.buffer);
    datagram.start = 0;
    datagram.end = whole.length;
    datagram.wireEnd = whole.length;
  }

  #release(assembly: Assembly): void {
    this.#counters.fragmentBytes -= assembly.heldBytes;
    assembly.heldBytes = 0;
    assembly.pieces = [];
  }

  #drop(assembly: Assembly): void {
    if (assembly.pieces.length === 0) return;
    this.#counters.fragmentsDropped += 1;
    this.#release(assembly);
  }

  #dropAll(): void {
    for (const assembly of this.#assemblies.values()) this.#drop(assembly);
    this.#assemblies = this.#emptyTable();
  }

  #emptyTable(): GenerationalCache<number, Assembly> {
    return new GenerationalCache(MAX_DATAGRAMS, { onEvict: (assembly) => this.#drop(assembly) });
  }
}
