import { GenerationalCache } from "../../bounded/generational-cache.ts";
import { hashWords } from "../../bounded/hash.ts";
import { ADDRESS_WORDS } from "../../model/address.ts";
import { TcpFlag, type TcpSegment } from "../../model/tcp-segment.ts";
import type { Datagram } from "../network/datagram.ts";
import type { DecodeCounters, IgnoredReason } from "../network/decode-counters.ts";
import { isMessageStart, type MessageHandler } from "./dns-framing.ts";
import { DnsStream } from "./dns-stream.ts";

/** Streams in a generation; each is one direction of a connection. */
const MAX_STREAMS = 4096;
/** Bytes in all streams. */
const MAX_BYTES = 8 * 1024 * 1024;

/** A segment at a larger distance belongs to another connection with the same ports. */
const MAX_DISTANCE = 256 * 1024;

/** Maximum wait for missing bytes. */
const MAX_WAIT_MICROS = 10_000_000;
/** Resolvers close idle connections after seconds. After that, a message that begins with a segment is still found. */
const MAX_IDLE_MICROS = 120_000_000;
const SWEEP_MICROS = 10_000_000;

class Entry {
  readonly key: number;
  readonly addresses: Int32Array;
  readonly ports: number;
  /** Sequence number of the SYN; null if it was not captured. */
  initial: number | null;
  readonly stream: DnsStream;
  lastMicros: number;

  constructor(key: number, datagram: Datagram, ports: number, initial: number | null, stream: DnsStream) {
    this.key = key;
    this.addresses = datagram.addresses.slice();
    this.ports = ports;
    this.initial = initial;
    this.stream = stream;
    this.lastMicros = datagram.timeMicros;
  }

  isFor(datagram: Datagram, ports: number): boolean {
    if (this.ports !== ports) return false;
    for (let i = 0; i < this.addresses.length; i++) if (this.addresses[i] !== datagram.addresses[i]) return false;
    return true;
  }
}

/** Whether a SYN is that of this stream: a copy, or the SYN itself after the first data. */
function isSynOf(entry: Entry | null, sequence: number): boolean {
  if (entry === null) return false;
  if (entry.initial === null) {
    const distance = entry.stream.distance((sequence + 1) | 0);
    if (distance <= 0 && distance > -MAX_DISTANCE) entry.initial = sequence;
  }
  return entry.initial === sequence;
}

/**
 * DNS over TCP (RFC 7766). Streams are found by both addresses and ports. A bridge shows each segment on several interfaces;
 * for a stream those copies are retransmissions, so each message is delivered once.
 */
export class DnsOverTcp {
  readonly #counters: DecodeCounters;
  readonly #deliver: MessageHandler;
  readonly #entries = new GenerationalCache<number, Entry>(MAX_STREAMS, { onEvict: (entry) => this.#drop(entry) });
  #lastSweepMicros = Number.NEGATIVE_INFINITY;

  constructor(counters: DecodeCounters, deliver: MessageHandler) {
    this.#counters = counters;
    this.#deliver = deliver;
  }

  /** Accepts a segment of a DNS port with its payload at `datagram.start`. */
  accept(datagram: Datagram, segment: TcpSegment): IgnoredReason | null {
    if (Math.abs(datagram.timeMicros - this.#lastSweepMicros) > SWEEP_MICROS) this.#sweep(datagram.timeMicros);
    const ports = (segment.sourcePort << 16) | segment.destinationPort;
    const key = hashWords(datagram.addresses, 0, 2 * ADDRESS_WORDS, ports);
    const isSyn = (segment.flags & TcpFlag.syn) !== 0;
    const length = segment.payloadLength;
    if (length === 0 && (segment.flags & (TcpFlag.syn | TcpFlag.rst)) === 0) return null;
    const held = this.#entries.get(key);
    let entry = held?.isFor(datagram, ports) ? held : null;
    // With TCP Fast Open the SYN carries data, after its own sequence number.
    const sequence = isSyn ? (segment.sequence + 1) | 0 : segment.sequence;
    if (isSyn && !isSynOf(entry, segment.sequence)) {
      entry = this.#begin(key, datagram, ports, segment.sequence, sequence);
    }
    if (length === 0) {
      if ((segment.flags & TcpFlag.rst) !== 0 && entry !== null) this.#drop(entry);
      return null;
    }
    if (entry === null || Math.abs(entry.stream.distance(sequence)) > MAX_DISTANCE) {
      if (!isMessageStart(datagram.view, datagram.start, datagram.end)) return "dns_out_of_sync";
      entry = this.#begin(key, datagram, ports, null, sequence);
    }
    this.#feed(entry, datagram, sequence, length);
    return null;
  }

  #feed(entry: Entry, datagram: Datagram, sequence: number, length: number): void {
    const { stream } = entry;
    const before = stream.heldBytes;
    entry.lastMicros = datagram.timeMicros;
    const isAccepted = stream.accept(datagram.view, datagram.start, datagram.end, sequence, length);
    this.#counters.streamBytes += stream.heldBytes - before;
    if (!isAccepted || this.#counters.streamBytes > MAX_BYTES) this.#drop(entry);
  }

  #begin(key: number, datagram: Datagram, ports: number, initial: number | null, next: number): Entry {
    const replaced = this.#entries.get(key);
    if (replaced !== undefined) this.#drop(replaced);
    const entry = new Entry(key, datagram, ports, initial, new DnsStream(next, this.#deliver));
    this.#entries.set(key, entry);
    return entry;
  }

  /** Drops the waiting bytes of a stream. Whole messages in later segments are still found. */
  #drop(entry: Entry): void {
    if (entry.stream.heldBytes > 0) this.#counters.streamsDropped += 1;
    this.#counters.streamBytes -= entry.stream.heldBytes;
    entry.stream.drop();
  }

  #sweep(nowMicros: number): void {
    this.#lastSweepMicros = nowMicros;
    for (const entry of this.#entries.values()) {
      const silence = Math.abs(nowMicros - entry.lastMicros);
      if (silence > MAX_WAIT_MICROS) this.#drop(entry);
      if (silence > MAX_IDLE_MICROS) this.#entries.delete(entry.key);
    }
  }
}
