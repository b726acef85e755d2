// decode is the second stage: it turns a Packet into a TcpSegment, DnsMessage or UnreachableQuote for correlate.
// It decodes one layer after the other, and ignores what the capture filter excludes, because a file may not be filtered.
// Invalid input is counted by reason and never thrown. Time is that of the packets.

import type { DnsMessage, DnsQuestion } from "../model/dns-message.ts";
import { Direction, type Packet } from "../model/packet.ts";
import { TcpFlag, type TcpSegment, type UnreachableQuote } from "../model/tcp-segment.ts";
import { DnsDecoder } from "./dns/dns.ts";
import { DnsOverTcp } from "./dns/dns-over-tcp.ts";
import { isMulticastDns } from "./dns/multicast-dns.ts";
import { type Datagram, emptyDatagram, missingBytes } from "./network/datagram.ts";
import { type DecodeCounters, type IgnoredReason, type Tunnel, zeroCounters } from "./network/decode-counters.ts";
import { readUnreachable } from "./network/icmp.ts";
import { IpProtocol, readIp } from "./network/ip.ts";
import { IpFragments } from "./network/ip-fragments.ts";
import { readLinkLayer } from "./network/link-layer.ts";
import { PortSet } from "./network/port-set.ts";
import { isSentHere, readSenderLink } from "./network/sender.ts";
import { readTcp } from "./network/tcp.ts";
import { isTunnel, otherDatagram } from "./network/tunnel.ts";

/** Receives decoded packets. The objects are reused for the next packet: copy what is needed after the call. */
export interface DecodeSink {
  /** A TCP segment with SYN or RST, of any port. */
  segment(segment: TcpSegment): void;
  /** A DNS query or response over UDP or TCP. */
  message(message: DnsMessage): void;
  /** An ICMP destination unreachable message that quotes a TCP header. */
  unreachable(quote: UnreachableQuote): void;
}

interface DecodeOptions {
  /** Ports of DNS servers: 53, and others such as 5353 on OpenShift. */
  readonly dnsPorts: readonly number[];
}

const UDP_HEADER = 8;
const SYN_OR_RST = TcpFlag.syn | TcpFlag.rst;
const { tcp: TCP, udp: UDP } = IpProtocol;
const NO_QUESTION: DnsQuestion = { name: "", key: "", type: 0, hash: 0 };

/** Decodes packets, with bounded memory for IP fragments and DNS-over-TCP streams. */
export class Decoder {
  readonly counters: DecodeCounters = zeroCounters();
  readonly #sink: DecodeSink;
  readonly #dnsPorts: PortSet;
  readonly #dns = new DnsDecoder(this.counters);
  readonly #dnsOverTcp = new DnsOverTcp(this.counters, (view, start, end, isWhole) => {
    const reason = this.#readMessage(view, start, end, isWhole);
    if (reason !== null) this.counters.ignored[reason] += 1;
  });
  readonly #fragments = new IpFragments(this.counters);
  readonly #datagram = emptyDatagram();
  readonly #segment: TcpSegment;
  readonly #message: DnsMessage;
  readonly #quote: UnreachableQuote;
  /** A view of `#bytes`, which a source uses for many packets. */
  #view = this.#datagram.view;
  #bytes: Uint8Array | null = null;
  /** Of the current frame. */
  #linkType = 0;
  #frameStart = 0;

  constructor(options: DecodeOptions, sink: DecodeSink) {
    this.#sink = sink;
    this.#dnsPorts = new PortSet(options.dnsPorts);
    this.#segment = emptySegment(this.#datagram.addresses);
    this.#message = emptyMessage(this.#datagram.addresses);
    this.#quote = emptyQuote();
  }

  decode(packet: Packet): void {
    const { bytes } = packet;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#linkType = packet.linkType;
    this.#frameStart = packet.offset;
    const datagram = this.#datagram;
    datagram.view = this.#view;
    datagram.timeMicros = packet.timeMicros;
    datagram.start = packet.offset;
    datagram.end = Math.min(packet.offset + packet.captureLength, this.#view.byteLength);
    datagram.wireEnd = Math.max(packet.offset + packet.length, datagram.end);
    this.counters.packets += 1;
    const reason =
      readLinkLayer(packet.linkType, datagram) ?? readIp(datagram, this.#fragments) ?? this.#readPayload(datagram);
    if (reason !== null) this.#ignore(reason);
  }

  #ignore(reason: IgnoredReason | Tunnel): void {
    // First, because it is most of a capture without filter.
    if (reason === "uninteresting" || !isTunnel(reason)) {
      this.counters.ignored[reason] += 1;
      return;
    }
    this.counters.tunnels[reason] += 1;
    this.counters.ignored.uninteresting += 1;
  }

  #readPayload(datagram: Datagram): IgnoredReason | Tunnel | null {
    const { protocol } = datagram;
    if (protocol === TCP) return this.#readTcp(datagram);
    return protocol === UDP ? this.#readUdp(datagram) : this.#readIcmp(datagram);
  }

  #readTcp(datagram: Datagram): IgnoredReason | null {
    const segment = this.#segment;
    const reason = readTcp(datagram, segment);
    if (reason !== null) return reason;
    const isHandshake = (segment.flags & SYN_OR_RST) !== 0;
    if (isHandshake) {
      segment.timeMicros = datagram.timeMicros;
      segment.direction = datagram.direction;
      segment.isBridged = datagram.isBridged;
      segment.hops = datagram.hops;
      segment.identification = datagram.identification;
      segment.senderLink = (segment.flags & TcpFlag.ack) === 0 ? this.#senderLink(datagram) : 0;
      this.counters.segments += 1;
      this.#sink.segment(segment);
    }
    if (this.#dnsPorts.has(segment.destinationPort) || this.#dnsPorts.has(segment.sourcePort)) {
      return this.#readDnsOverTcp(datagram, segment);
    }
    return isHandshake ? null : "uninteresting";
  }

  #readDnsOverTcp(datagram: Datagram, segment: TcpSegment): IgnoredReason | null {
    const message = this.#message;
    message.sourcePort = segment.sourcePort;
    message.destinationPort = segment.destinationPort;
    message.overTcp = true;
    if (datagram.end < datagram.wireEnd && segment.payloadLength > 0) this.counters.cutDns += 1;
    return this.#dnsOverTcp.accept(datagram, segment);
  }

  /** RFC 768. */
  #readUdp(datagram: Datagram): IgnoredReason | Tunnel | null {
    const { view, start, end, wireEnd } = datagram;
    if (end - start < UDP_HEADER) return missingBytes(datagram);
    const sourcePort = view.getUint16(start);
    const destinationPort = view.getUint16(start + 2);
    if (!this.#dnsPorts.has(destinationPort) && !this.#dnsPorts.has(sourcePort)) {
      return otherDatagram(destinationPort);
    }
    if (isMulticastDns(datagram.addresses, sourcePort, destinationPort)) return "multicast_dns";
    const length = view.getUint16(start + 4);
    // 0: a length of more than 16 bits (RFC 2675). The payload ends with the IP packet in any case.
    const payloadEnd = length === 0 ? wireEnd : Math.min(wireEnd, start + length);
    if (payloadEnd < start + UDP_HEADER) return "malformed";
    const message = this.#message;
    message.sourcePort = sourcePort;
    message.destinationPort = destinationPort;
    message.overTcp = false;
    if (payloadEnd <= end) return this.#readMessage(view, start + UDP_HEADER, payloadEnd, true);
    const reason = this.#readMessage(view, start + UDP_HEADER, end, false);
    if (reason !== null) this.counters.cutDns += 1;
    return reason;
  }

  #readIcmp(datagram: Datagram): IgnoredReason | null {
    const reason = readUnreachable(datagram, this.#quote);
    if (reason !== null) return reason;
    this.#quote.isSentHere = isSentHere(this.#linkType, this.#view, this.#frameStart, datagram.direction);
    this.#quote.timeMicros = datagram.timeMicros;
    this.counters.unreachables += 1;
    this.#sink.unreachable(this.#quote);
    return null;
  }

  #senderLink({ direction }: Datagram): number {
    return readSenderLink(this.#linkType, this.#view, this.#frameStart, direction);
  }

  #readMessage(view: DataView, start: number, end: number, isWhole: boolean): IgnoredReason | null {
    const message = this.#message;
    const reason = this.#dns.read(view, start, end, isWhole, message);
    if (reason !== null) return reason;
    message.timeMicros = this.#datagram.timeMicros;
    message.direction = this.#datagram.direction;
    message.senderLink = message.isResponse ? 0 : this.#senderLink(this.#datagram);
    this.counters.messages += 1;
    this.#sink.message(message);
    return null;
  }
}

function emptySegment(addresses: Int32Array): TcpSegment {
  return {
    timeMicros: 0,
    direction: Direction.unknown,
    senderLink: 0,
    addresses,
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

function emptyMessage(addresses: Int32Array): DnsMessage {
  return {
    timeMicros: 0,
    direction: Direction.unknown,
    senderLink: 0,
    addresses,
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

function emptyQuote(): UnreachableQuote {
  return {
    timeMicros: 0,
    verdict: "refused",
    addresses: new Int32Array(8),
    sourcePort: 0,
    destinationPort: 0,
    sequence: 0,
    isOwnSyn: false,
    isSentHere: false,
  };
}
