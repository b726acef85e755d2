import { ADDRESS_WORDS } from "../model/address.ts";
import type { DnsMessage, DnsQuestion } from "../model/dns-message.ts";
import { Direction } from "../model/packet.ts";
import type { TcpSegment, UnreachableQuote } from "../model/tcp-segment.ts";

/**
 * Receives decoded packets: of a batch first the DNS messages and then the TCP segments, each in the order of capture. The
 * objects are reused for the next batch: copy what is needed after the call.
 */
export interface DecodeSink {
  /** A TCP segment with SYN or RST, of any port. */
  segment(segment: TcpSegment): void;
  /** A DNS query or response over UDP or TCP. */
  message(message: DnsMessage): void;
  /** An ICMP destination unreachable or time exceeded message that quotes a TCP header. All segments before it were received. */
  unreachable(quote: UnreachableQuote): void;
}

/**
 * Of segments, and as many messages: 20 kB in all. 16 save less, and 64 to 256 no more (docs/decisions/0037).
 */
const CAPACITY = 32;

const NO_QUESTION: DnsQuestion = { name: "", key: "", type: 0, hash: 0 };

/**
 * Decoded messages and segments that wait for the sink. A sink that gets many at once keeps its code and its tables in the
 * caches of the CPU, where decoding each next packet would displace them. All objects are made once; the decoder fills the
 * next free one in place.
 */
export class DecodedBatch {
  readonly #sink: DecodeSink;
  readonly #segments = Array.from({ length: CAPACITY }, emptySegment);
  readonly #messages = Array.from({ length: CAPACITY }, emptyMessage);
  #segmentCount = 0;
  #messageCount = 0;
  /** The next free objects: they are in the batch once they were added. */
  segment = this.#segments[0] as TcpSegment;
  message = this.#messages[0] as DnsMessage;

  constructor(sink: DecodeSink) {
    this.#sink = sink;
  }

  /** Adds `segment`, with these addresses. */
  addSegment(addresses: Int32Array): void {
    copyAddresses(addresses, this.segment.addresses);
    if (++this.#segmentCount === CAPACITY) this.deliver();
    this.segment = this.#segments[this.#segmentCount] as TcpSegment;
  }

  /** Adds `message`, with these addresses. */
  addMessage(addresses: Int32Array): void {
    copyAddresses(addresses, this.message.addresses);
    if (++this.#messageCount === CAPACITY) this.deliver();
    this.message = this.#messages[this.#messageCount] as DnsMessage;
  }

  /** Passes on what waits. The sink may call it: each object is passed on once. */
  deliver(): void {
    const messages = this.#messageCount;
    const segments = this.#segmentCount;
    this.#messageCount = 0;
    this.#segmentCount = 0;
    for (let i = 0; i < messages; i++) this.#sink.message(this.#messages[i] as DnsMessage);
    for (let i = 0; i < segments; i++) this.#sink.segment(this.#segments[i] as TcpSegment);
    this.segment = this.#segments[0] as TcpSegment;
    this.message = this.#messages[0] as DnsMessage;
  }
}

function copyAddresses(from: Int32Array, to: Int32Array): void {
  for (let word = 0; word < 2 * ADDRESS_WORDS; word++) to[word] = from[word] as number;
}

function emptySegment(): TcpSegment {
  return {
    timeMicros: 0,
    direction: Direction.unknown,
    senderLink: 0,
    addresses: new Int32Array(2 * ADDRESS_WORDS),
    sourcePort: 0,
    destinationPort: 0,
    flags: 0,
    sequence: 0,
    acknowledgement: 0,
    payloadLength: 0,
    isBridged: false,
    hops: 0,
    identification: 0,
    timestampValue: 0,
    hasTimestamp: false,
    stackShape: 0,
  };
}

function emptyMessage(): DnsMessage {
  return {
    timeMicros: 0,
    direction: Direction.unknown,
    senderLink: 0,
    addresses: new Int32Array(2 * ADDRESS_WORDS),
    sourcePort: 0,
    destinationPort: 0,
    overTcp: false,
    id: 0,
    isResponse: false,
    isTruncated: false,
    rcode: 0,
    question: NO_QUESTION,
    answer: null,
    fingerprint: 0,
  };
}
