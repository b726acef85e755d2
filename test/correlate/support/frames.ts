import type { Packet as DnsPacket } from "dns-packet";
import type { Tuple } from "../../../src/model/connection.ts";
import {
  dnsBytes,
  dnsOverTcp,
  type IpPacket,
  type IpPayload,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  linuxSll,
  type TcpOptions,
  tcp,
  udp,
} from "../../support/packet-builder.ts";
import type { Sighting } from "./address-book.ts";

/** TCP flags as they stand in the header; an ECN SYN asks with ECE and CWR. */
export const Flags = { syn: 0x02, ecnSyn: 0xc2, synAck: 0x12, rst: 0x04, rstAck: 0x14, pshAck: 0x18 } as const;

export interface Segment extends Omit<TcpOptions, "sourcePort" | "destinationPort"> {
  /** IPv4 identification, or IPv6 flow label. */
  readonly id?: number | undefined;
  /** TTL or hop limit. */
  readonly hops?: number | undefined;
}

function isVersion6({ source }: Tuple): boolean {
  return source.address.includes(":");
}

function ipPacket(tuple: Tuple, payload: IpPayload, { id, hops }: Pick<Segment, "id" | "hops"> = {}): IpPacket {
  const ends = { source: tuple.source.address, destination: tuple.destination.address, hops };
  return isVersion6(tuple) ? ipv6({ ...ends, flowLabel: id }, payload) : ipv4({ ...ends, id }, payload);
}

function tcpPacket(tuple: Tuple, segment: Segment): IpPacket {
  const ports = { sourcePort: tuple.source.port, destinationPort: tuple.destination.port };
  return ipPacket(tuple, tcp({ ...ports, ...segment }), segment);
}

/** A TCP segment as `any` shows it on one interface. */
export function tcpFrame(sighting: Sighting, segment: Segment): Uint8Array {
  return linuxSll(sighting.packetType, tcpPacket(sighting, segment));
}

/** The answer to a SYN, by its number. */
export function answerTo(sequence: number, flags: number = Flags.synAck): Segment {
  return { flags, sequence: flags & Flags.rst ? 0 : 7_000_000, acknowledgement: (sequence + 1) | 0 };
}

/**
 * A destination unreachable on its way, quoting a segment of `quoted` whole, as Linux does, or `quotedBytes` of it.
 * The code is ICMP's for IPv4 and ICMPv6's for IPv6; the type is "destination unreachable" by default.
 */
export function unreachableFrame(
  sighting: Sighting,
  quoted: Tuple,
  segment: Segment,
  { code, type, quotedBytes }: { code: number; type?: number; quotedBytes?: number },
): Uint8Array {
  const bytes = tcpPacket(quoted, segment).bytes.slice(0, quotedBytes);
  const error = isVersion6(sighting) ? icmpv6(code, bytes, type) : icmp(code, bytes, type);
  return linuxSll(sighting.packetType, ipPacket(sighting, error), sighting);
}

/** A DNS message in a UDP datagram. */
export function dnsFrame(sighting: Sighting, message: DnsPacket): Uint8Array {
  const payload = udp(sighting.source.port, sighting.destination.port, dnsBytes(message));
  return linuxSll(sighting.packetType, ipPacket(sighting, payload));
}

/** A DNS message in one TCP segment, at the beginning of its stream. */
export function dnsTcpFrame(sighting: Sighting, message: DnsPacket): Uint8Array {
  return tcpFrame(sighting, { flags: Flags.pshAck, sequence: 1, payload: dnsOverTcp(dnsBytes(message)) });
}
