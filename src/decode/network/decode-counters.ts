/** Why something on the wire became neither segment, message nor quote. A closed set: a metric label. */
export const IGNORED_REASONS = [
  /** A link-layer header type that decode does not know. */
  "link_type",
  /** ARP, LLDP, 802.3 …: not IP. */
  "not_ip",
  /** The capture cut the frame before what had to be read. */
  "truncated",
  /** The bytes contradict themselves: a length beyond its packet, a name without end. */
  "malformed",
  /** A part of a datagram whose other parts are still missing. */
  "fragment",
  /** A repeated part of a datagram that was put together a moment ago. */
  "fragment_copy",
  /** Neither handshake nor DNS nor destination unreachable of TCP: what the kernel filter would have left out. */
  "uninteresting",
  /** Multicast DNS (RFC 6762) on a port that was given as one of DNS: its answers go to the group, if there are any. */
  "multicast_dns",
  /** DNS opcode other than QUERY (notify, update …). */
  "dns_opcode",
  "dns_no_question",
  /** DNS over TCP whose place in its stream is not known. */
  "dns_out_of_sync",
] as const;

export type IgnoredReason = (typeof IGNORED_REASONS)[number];

/** Tunnels, which are not opened; the last one stands for WireGuard and IPsec, which cannot be. */
export const TUNNELS = ["vxlan", "geneve", "gre", "ip_in_ip", "encrypted"] as const;
export type Tunnel = (typeof TUNNELS)[number];

/** What decode has done so far; numbers only grow, except `fragmentBytes` and `streamBytes`, which are held now. */
export interface DecodeCounters {
  packets: number;
  segments: number;
  messages: number;
  unreachables: number;
  /** Packets, or single messages of a DNS-over-TCP stream. */
  readonly ignored: Record<IgnoredReason, number>;
  /** Of the uninteresting packets those that hold others. */
  readonly tunnels: Record<Tunnel, number>;
  /** DNS messages, or segments of them, that the capture cut short. */
  cutDns: number;
  /** Answers whose meaning was remembered, and those that had to be decoded. */
  memoHits: number;
  memoMisses: number;
  /** Answers that were read or kept in part only: more records or names than are looked at, or a chain that is longer. */
  answersCut: number;
  reassembled: number;
  /** Datagrams given up before they were complete: too old, contradictory, or no room. */
  fragmentsDropped: number;
  fragmentBytes: number;
  /** DNS-over-TCP streams given up with bytes in them: too old, too long, or no room. */
  streamsDropped: number;
  streamBytes: number;
}

export function zeroCounters(): DecodeCounters {
  return {
    packets: 0,
    segments: 0,
    messages: 0,
    unreachables: 0,
    ignored: {
      link_type: 0,
      not_ip: 0,
      truncated: 0,
      malformed: 0,
      fragment: 0,
      fragment_copy: 0,
      uninteresting: 0,
      multicast_dns: 0,
      dns_opcode: 0,
      dns_no_question: 0,
      dns_out_of_sync: 0,
    },
    cutDns: 0,
    tunnels: { vxlan: 0, geneve: 0, gre: 0, ip_in_ip: 0, encrypted: 0 },
    memoHits: 0,
    memoMisses: 0,
    answersCut: 0,
    reassembled: 0,
    fragmentsDropped: 0,
    fragmentBytes: 0,
    streamsDropped: 0,
    streamBytes: 0,
  };
}
