import { GenerationalCache } from "../../bounded/generational-cache.ts";
import { hashWords } from "../../bounded/hash.ts";
import { ADDRESS_WORDS } from "../../model/address.ts";
import { type Datagram, missingBytes } from "./datagram.ts";
import type { DecodeCounters, IgnoredReason } from "./decode-counters.ts";

/** Datagrams in a generation. Those of DNS are complete within microseconds. */
const MAX_DATAGRAMS = 512;
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_DATAGRAM_BYTES = 65_535;
/** The longest datagram has 118 fragments with the smallest usual MTU (576). */
const MAX_FRAGMENTS = 128;

/** The default of Linux (net.ipv4.ipfrag_time). */
const MAX_AGE_MICROS = 30_000_000;

/** Maximum time between copies of a fragment on several interfaces of a node. */
const COPIES_MICROS = 100_000;

interface Fragment {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A datagram that is being reassembled. */
class Reassembly {
  readonly addresses: Int32Array;
  readonly id: number;
  readonly protocol: number;
  readonly firstMicros: number;
  /** In order, without overlaps. Empty when complete. */
  fragments: Fragment[] = [];
  heldBytes = 0;
  /** Known from the last fragment; -1 before it was received. */
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

  /** Whether a fragment with this range was received. */
  has(offset: number, length: number): boolean {
    return this.fragments.some((fragment) => fragment.offset === offset && fragment.bytes.length === length);
  }

  /** False, with nothing changed, if the fragment overlaps others or ends elsewhere. */
  insert(offset: number, bytes: Uint8Array, isLast: boolean): boolean {
    const end = offset + bytes.length;
    const at = this.fragments.findIndex((fragment) => fragment.offset > offset);
    const index = at < 0 ? this.fragments.length : at;
    const before = this.fragments[index - 1];
    const after = this.fragments[index];
    if (before !== undefined && before.offset + before.bytes.length > offset) return false;
    if (after !== undefined && (isLast || after.offset < end)) return false;
    if (this.totalLength >= 0 && (isLast || end > this.totalLength)) return false;
    if (this.fragments.length >= MAX_FRAGMENTS) return false;
    if (isLast) this.totalLength = end;
    this.fragments.splice(index, 0, { offset, bytes });
    this.heldBytes += bytes.length;
    return true;
  }

  get isComplete(): boolean {
    return this.heldBytes === this.totalLength;
  }

  join(): Uint8Array {
    const whole = new Uint8Array(this.totalLength);
    for (const fragment of this.fragments) whole.set(fragment.bytes, fragment.offset);
    return whole;
  }
}

/**
 * Reassembles IPv4 and IPv6 fragments in any order (RFC 791 §3.2, RFC 8200 §4.5).
 * Overlapping fragments are never combined (RFC 5722): the later one starts a new reassembly.
 */
export class IpFragments {
  readonly #counters: DecodeCounters;
  readonly #reassemblies = new GenerationalCache<number, Reassembly>(MAX_DATAGRAMS, {
    onEvict: (reassembly) => this.#drop(reassembly),
  });

  constructor(counters: DecodeCounters) {
    this.#counters = counters;
  }

  /** Adds the fragment with its payload at `start`. If it completes its datagram, sets `datagram` to that and returns null. */
  add(datagram: Datagram, id: number, offset: number, moreFragments: boolean): IgnoredReason | null {
    const { view, start, end } = datagram;
    const length = end - start;
    // A truncated fragment cannot be reassembled; a first one is decoded like any truncated packet.
    if (end < datagram.wireEnd) return offset === 0 ? null : missingBytes(datagram);
    if (length <= 0 || offset + length > MAX_DATAGRAM_BYTES) return "malformed";
    if (moreFragments && (length & 7) !== 0) return "malformed";
    const key = hashWords(datagram.addresses, 0, 2 * ADDRESS_WORDS, id ^ (datagram.protocol << 24));
    const reassembly = this.#current(key, datagram, id);
    if (reassembly.completeMicros !== null || reassembly.has(offset, length)) return "fragment_copy";
    const bytes = new Uint8Array(view.buffer, view.byteOffset + start, length).slice();
    if (!reassembly.insert(offset, bytes, !moreFragments)) {
      const restarted = this.#begin(key, datagram, id);
      restarted.insert(offset, bytes, !moreFragments);
      this.#counters.fragmentBytes += length;
      return "fragment";
    }
    this.#counters.fragmentBytes += length;
    if (this.#counters.fragmentBytes > MAX_BYTES) this.#dropAll();
    if (!reassembly.isComplete) return "fragment";
    this.#complete(reassembly, datagram);
    return null;
  }

  /** The reassembly of this datagram; a new one if there is none, or only one that is too old. */
  #current(key: number, datagram: Datagram, id: number): Reassembly {
    const held = this.#reassemblies.get(key);
    if (held === undefined || !held.isFor(datagram, id)) return this.#begin(key, datagram, id);
    const isStale =
      held.completeMicros === null
        ? Math.abs(datagram.timeMicros - held.firstMicros) > MAX_AGE_MICROS
        : Math.abs(datagram.timeMicros - held.completeMicros) > COPIES_MICROS;
    return isStale ? this.#begin(key, datagram, id) : held;
  }

  #begin(key: number, datagram: Datagram, id: number): Reassembly {
    const replaced = this.#reassemblies.get(key);
    if (replaced !== undefined) this.#drop(replaced);
    const reassembly = new Reassembly(datagram, id);
    this.#reassemblies.set(key, reassembly);
    return reassembly;
  }

  #complete(reassembly: Reassembly, datagram: Datagram): void {
    const whole = reassembly.join();
    this.#release(reassembly);
    reassembly.completeMicros = datagram.timeMicros;
    this.#counters.reassembled += 1;
    datagram.view = new DataView(whole.buffer);
    datagram.start = 0;
    datagram.end = whole.length;
    datagram.wireEnd = whole.length;
  }

  #release(reassembly: Reassembly): void {
    this.#counters.fragmentBytes -= reassembly.heldBytes;
    reassembly.heldBytes = 0;
    reassembly.fragments = [];
  }

  #drop(reassembly: Reassembly): void {
    if (reassembly.fragments.length === 0) return;
    this.#counters.fragmentsDropped += 1;
    this.#release(reassembly);
  }

  #dropAll(): void {
    for (const reassembly of this.#reassemblies.values()) this.#drop(reassembly);
    this.#reassemblies.clear();
  }
}
