import { IPV4_MAPPED_WORD } from "../../model/address.ts";
import { type Datagram, missingBytes } from "./datagram.ts";
import type { IgnoredReason, Tunnel } from "./decode-counters.ts";
import type { IpFragments } from "./ip-fragments.ts";
import { otherProtocol } from "./tunnel.ts";

/** https://www.iana.org/assignments/protocol-numbers; the second group is IPv6 extension headers. */
export const IpProtocol = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  icmpv6: 58,

  hopByHop: 0,
  routing: 43,
  fragment: 44,
  authentication: 51,
  destinationOptions: 60,
  mobility: 135,
} as const;

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const FRAGMENT_HEADER = 8;
const IPV6_FLOW_LABEL = 0xfffff;

const { tcp: TCP, udp: UDP, icmp: ICMP, icmpv6: ICMPV6 } = IpProtocol;

/**
 * Reads the IP header at `start`: sets addresses and protocol, moves `start` to the payload, ends the datagram at the length
 * of the IP header (Ethernet pads short frames), and reassembles fragments. Tunnels are not decapsulated: their inner
 * packets are also captured on the interface of the tunnel.
 */
export function readIp(datagram: Datagram, fragments: IpFragments): IgnoredReason | Tunnel | null {
  if (datagram.start >= datagram.end) return missingBytes(datagram);
  const version = datagram.view.getUint8(datagram.start) >>> 4;
  if (version === 4) return readIpv4(datagram, fragments);
  if (version === 6) return readIpv6(datagram, fragments);
  return "malformed";
}

/** RFC 791 §3.1. */
function readIpv4(datagram: Datagram, fragments: IpFragments): IgnoredReason | Tunnel | null {
  const { view, start, addresses } = datagram;
  if (datagram.end - start < IPV4_HEADER) return missingBytes(datagram);
  const headerLength = (view.getUint8(start) & 15) << 2;
  const totalLength = view.getUint16(start + 2);
  // Segmentation offload writes 0 for a length of more than 16 bits: the datagram ends with the frame.
  if (totalLength !== 0) endAt(datagram, start + totalLength);
  if (headerLength < IPV4_HEADER || start + headerLength > datagram.wireEnd) return "malformed";
  const hopsAndProtocol = view.getUint16(start + 8);
  const protocol = hopsAndProtocol & 255;
  if (!isCarried(protocol)) return otherProtocol(protocol);
  if (start + headerLength > datagram.end) return missingBytes(datagram);
  // As in `setIpv4`.
  addresses[0] = 0;
  addresses[1] = 0;
  addresses[2] = IPV4_MAPPED_WORD;
  addresses[3] = view.getInt32(start + 12);
  addresses[4] = 0;
  addresses[5] = 0;
  addresses[6] = IPV4_MAPPED_WORD;
  addresses[7] = view.getInt32(start + 16);
  const identification = view.getUint16(start + 4);
  datagram.identification = identification;
  datagram.hops = hopsAndProtocol >>> 8;
  datagram.protocol = protocol;
  datagram.start = start + headerLength;
  const flagsAndOffset = view.getUint16(start + 6);
  if ((flagsAndOffset & 0x3fff) === 0) return null;
  const moreFragments = (flagsAndOffset & 0x2000) !== 0;
  return fragments.add(datagram, identification, (flagsAndOffset & 0x1fff) << 3, moreFragments);
}

/** RFC 8200 §3 and §4. */
function readIpv6(datagram: Datagram, fragments: IpFragments): IgnoredReason | Tunnel | null {
  const { view, start, addresses } = datagram;
  if (datagram.end - start < IPV6_HEADER) return missingBytes(datagram);
  const payloadLength = view.getUint16(start + 4);
  if (payloadLength !== 0) endAt(datagram, start + IPV6_HEADER + payloadLength);
  for (let word = 0; word < 8; word++) addresses[word] = view.getInt32(start + 8 + 4 * word);
  const protocolAndHops = view.getUint16(start + 6);
  datagram.identification = view.getInt32(start) & IPV6_FLOW_LABEL;
  datagram.hops = protocolAndHops & 255;
  datagram.protocol = protocolAndHops >>> 8;
  datagram.start = start + IPV6_HEADER;
  return isCarried(datagram.protocol) ? null : readExtensionHeaders(datagram, fragments);
}

function readExtensionHeaders(datagram: Datagram, fragments: IpFragments): IgnoredReason | Tunnel | null {
  while (!isCarried(datagram.protocol)) {
    const reason = readExtensionHeader(datagram, fragments);
    if (reason !== null) return reason;
  }
  return null;
}

function readExtensionHeader(datagram: Datagram, fragments: IpFragments): IgnoredReason | Tunnel | null {
  const { view, start, protocol } = datagram;
  const length = extensionLength(datagram);
  if (length === 0) return otherProtocol(protocol);
  if (start + length > datagram.end) return missingBytes(datagram);
  datagram.protocol = view.getUint8(start);
  datagram.start = start + length;
  if (protocol !== IpProtocol.fragment) return null;
  const offsetAndMore = view.getUint16(start + 2);
  // An atomic fragment (RFC 6946) is a whole datagram.
  if ((offsetAndMore & 0xfff9) === 0) return null;
  return fragments.add(datagram, view.getInt32(start + 4), offsetAndMore & 0xfff8, (offsetAndMore & 1) !== 0);
}

/** Length of the extension header at `start`; 0 for an unknown one. */
function extensionLength(datagram: Datagram): number {
  const lengthField = datagram.end - datagram.start < 2 ? 0 : datagram.view.getUint8(datagram.start + 1);
  switch (datagram.protocol) {
    case IpProtocol.hopByHop:
    case IpProtocol.routing:
    case IpProtocol.destinationOptions:
    case IpProtocol.mobility:
      return (lengthField + 1) << 3;
    case IpProtocol.authentication:
      return (lengthField + 2) << 2;
    case IpProtocol.fragment:
      return FRAGMENT_HEADER;
    default:
      return 0;
  }
}

function isCarried(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === ICMP || protocol === ICMPV6;
}

function endAt(datagram: Datagram, end: number): void {
  datagram.wireEnd = end;
  if (end < datagram.end) datagram.end = end;
}

/** Writes an IPv4-mapped IPv6 address (see address.ts). */
export function setIpv4(words: Int32Array, at: number, address: number): void {
  words[at] = 0;
  words[at + 1] = 0;
  words[at + 2] = IPV4_MAPPED_WORD;
  words[at + 3] = address;
}
