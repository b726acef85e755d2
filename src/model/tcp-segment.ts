import type { Direction } from "./packet.ts";

/** TCP header flags (RFC 9293 §3.1). Test bits, never compare: an ECN SYN carries ECE and CWR besides. */
export const TcpFlag = { fin: 0x01, syn: 0x02, rst: 0x04, ack: 0x10 } as const;

/** One sighting of a TCP segment with SYN or RST. The decoder reuses the object: copy what must outlive the call. */
export interface TcpSegment {
  timeMicros: number;
  direction: Direction;
  /**
   * Where a SYN came in, as decode's `readSenderLink` says it; 0: the capture does not say, or it did not come in.
   */
  senderLink: number;
  /** Source address in words 0 to 3, destination in words 4 to 7 (see address.ts). */
  readonly addresses: Int32Array;
  sourcePort: number;
  destinationPort: number;
  flags: number;
  /** Sequence and acknowledgement number, as signed 32-bit integers (`| 0`). */
  sequence: number;
  acknowledgement: number;
  /** Payload bytes by the IP length, also where the capture cut them off. */
  payloadLength: number;
  /** Whether the frame was addressed to another host: a bridge's port shows it so, before the bridge's NAT. */
  isBridged: boolean;
  /** TTL or hop limit: a node that routes a packet lowers it, none raises it. */
  hops: number;
  /** IPv4 identification or IPv6 flow label: NAT leaves both as they are. 0 where the sender sets none. */
  identification: number;
  /** TSval of a SYN's timestamp option (RFC 7323 §3) as a signed 32-bit integer; meaningless unless `hasTimestamp`. */
  timestampValue: number;
  hasTimestamp: boolean;
  /** A SYN's window in the low 16 bits, the length of its TCP header above: a stack gives all its SYNs the same. */
  stackShape: number;
}

/** An ICMP or ICMPv6 destination unreachable that quotes a TCP header. Reused like a segment. */
export interface UnreachableQuote {
  timeMicros: number;
  /** What the error says of the quoted segment. */
  verdict: "refused" | "host_unreachable" | "network_unreachable";
  /** Addresses of the quoted header: source in words 0 to 3, destination in words 4 to 7. */
  readonly addresses: Int32Array;
  sourcePort: number;
  destinationPort: number;
  /** Sequence number of the quoted segment (`| 0`). */
  sequence: number;
  /**
   * A host tells itself that its own SYN was rejected: sender and receiver of the error and source of the quoted SYN
   * are one address. Such a SYN is seen nowhere else; nobody but the host itself can say so.
   */
  isOwnSyn: boolean;
  /**
   * Whether this host sent the error: the frame went out, or passed the loopback. False where the capture does not say.
   * A forwarded one goes out as well, after it came in.
   */
  isSentHere: boolean;
}
