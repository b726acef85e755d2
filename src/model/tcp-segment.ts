import type { Direction } from "./packet.ts";

/** TCP header flags (RFC 9293 §3.1). Test single bits: an ECN SYN also has ECE and CWR. */
export const TcpFlag = { fin: 0x01, syn: 0x02, rst: 0x04, ack: 0x10 } as const;

/** A sighting of a TCP segment with SYN or RST. The decoder reuses the object: copy what must outlive the call. */
export interface TcpSegment {
  timeMicros: number;
  direction: Direction;
  /** Link-layer sender of an incoming SYN, from decode's `readSenderLink`; 0 if unknown or not incoming. */
  senderLink: number;
  /** Source address in words 0 to 3, destination in words 4 to 7 (see address.ts). */
  readonly addresses: Int32Array;
  sourcePort: number;
  destinationPort: number;
  flags: number;
  /** Sequence and acknowledgement number, as signed 32-bit integers (`| 0`). */
  sequence: number;
  acknowledgement: number;
  /** Payload bytes according to the IP length, also if the capture has fewer. */
  payloadLength: number;
  /** Whether the frame was addressed to another host, as on a bridge port, before the bridge's NAT. */
  isBridged: boolean;
  /** TTL or hop limit. Routing a packet decreases it; nothing increases it. */
  hops: number;
  /** IPv4 identification or IPv6 flow label, which NAT leaves unchanged; 0 if the sender sets none. */
  identification: number;
  /** TSval of a SYN's timestamp option (RFC 7323 §3) as a signed 32-bit integer; meaningless unless `hasTimestamp`. */
  timestampValue: number;
  hasTimestamp: boolean;
  /** Window of a SYN in the low 16 bits, length of its TCP header above; the same for all SYNs of a TCP stack. */
  stackShape: number;
}

/** An ICMP or ICMPv6 destination unreachable or time exceeded message that quotes a TCP header. Reused like a segment. */
export interface UnreachableQuote {
  timeMicros: number;
  /** The outcome that the error reports for the quoted segment. */
  verdict: "refused" | "host_unreachable" | "network_unreachable";
  /** Addresses of the quoted header: source in words 0 to 3, destination in words 4 to 7. */
  readonly addresses: Int32Array;
  sourcePort: number;
  destinationPort: number;
  /** Sequence number of the quoted segment (`| 0`). */
  sequence: number;
  /**
   * Sender and receiver of the error and source of the quoted SYN are the same address: a host rejects its own SYN,
   * which passes no interface.
   */
  isOwnSyn: boolean;
  /**
   * Whether the frame is outgoing or on the loopback interface; false if the capture has no direction. This host may
   * have sent the error or forwarded it.
   */
  isSentHere: boolean;
}
