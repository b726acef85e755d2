// decode is the second stage: it turns Packets into TcpSegments, DnsMessages and UnreachableQuotes for correlate.
// It decodes one layer after the other, and ignores what the capture filter excludes, because a file may not be filtered.
// Invalid input is counted by reason and never thrown. Time is that of the packets.

import type { Packet } from "../model/packet.ts";
import { TcpFlag, type TcpSegment, type UnreachableQuote } from "../model/tcp-segment.ts";
import { DecodedBatch, type DecodeSink } from "./decoded-batch.ts";
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

interface DecodeOptions {
  /** Ports of DNS servers: 53, and others such as 5353 on OpenShift. */
  readonly dnsPorts: readonly number[];
}

const UDP_HEADER = 8;
const SYN_OR_RST = TcpFlag.syn | TcpFlag.rst;
const { tcp: TCP, udp: UDP } = IpProtocol;

/**
 * Decodes packets, with bounded memory for IP fragments and DNS-over-TCP streams. The sink receives them in batches: when one
 * is full, before an ICMP error, and when `deliver` is called.
 */
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
  readonly #batch: DecodedBatch;
  readonly #quote: UnreachableQuote;
  /** A view of `#bytes`, which a source uses for many packets. */
  #view = this.#datagram.view;
  #bytes: Uint8Array | null = null;
  /** Of the current frame. */
  #linkType = 0;
  #frameStart = 0;
  /** Of the current TCP segment or UDP datagram. */
  #sourcePort = 0;
  #destinationPort = 0;

  constructor(options: DecodeOptions, sink: DecodeSink) {
    this.#sink = sink;
    this.#dnsPorts = new PortSet(options.dnsPorts);
    this.#batch = new DecodedBatch(sink);
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
    // A reassembled datagram has its own.
    if (datagram.view !== this.#view) datagram.view = this.#view;
    datagram.timeMicros = packet.timeMicros;
    datagram.start = packet.offset;
    // Neither `Math.min`, which V8 computes with floating-point numbers, nor the view's length, which is a call.
    const captureEnd = packet.offset + packet.captureLength;
    const end = captureEnd < bytes.length ? captureEnd : bytes.length;
    const wireEnd = packet.offset + packet.length;
    datagram.end = end;
    datagram.wireEnd = wireEnd > end ? wireEnd : end;
    this.counters.packets += 1;
    const reason =
      readLinkLayer(packet.linkType, datagram) ?? readIp(datagram, this.#fragments) ?? this.#readPayload(datagram);
    if (reason !== null) this.#ignore(reason);
  }

  /** Passes on all that was decoded. */
  deliver(): void {
    this.#batch.deliver();
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
    const { segment } = this.#batch;
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
      this.#batch.addSegment(datagram.addresses);
    }
    if (this.#dnsPorts.has(segment.destinationPort) || this.#dnsPorts.has(segment.sourcePort)) {
      return this.#readDnsOverTcp(datagram, segment);
    }
    return isHandshake ? null : "uninteresting";
  }

  #readDnsOverTcp(datagram: Datagram, segment: TcpSegment): IgnoredReason | null {
    this.#sourcePort = segment.sourcePort;
    this.#destinationPort = segment.destinationPort;
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
    const payloadEnd = length === 0 || start + length > wireEnd ? wireEnd : start + length;
    if (payloadEnd < start + UDP_HEADER) return "malformed";
    this.#sourcePort = sourcePort;
    this.#destinationPort = destinationPort;
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
    this.#batch.deliver();
    this.#sink.unreachable(this.#quote);
    return null;
  }

  #senderLink({ direction }: Datagram): number {
    return readSenderLink(this.#linkType, this.#view, this.#frameStart, direction);
  }

  #readMessage(view: DataView, start: number, end: number, isWhole: boolean): IgnoredReason | null {
    const { message } = this.#batch;
    const reason = this.#dns.read(view, start, end, isWhole, message);
    if (reason !== null) return reason;
    const datagram = this.#datagram;
    message.sourcePort = this.#sourcePort;
    message.destinationPort = this.#destinationPort;
    message.overTcp = datagram.protocol === TCP;
    message.timeMicros = datagram.timeMicros;
    message.direction = datagram.direction;
    message.senderLink = message.isResponse ? 0 : this.#senderLink(datagram);
    this.counters.messages += 1;
    this.#batch.addMessage(datagram.addresses);
    return null;
  }
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
