/** Why a packet was decoded to no segment, message or quote. A closed set: values of a metric label. */
export const IGNORED_REASONS = [
  /** An unsupported link type. */
  "link_type",
  /** ARP, LLDP, 802.3 …: not IP. */
  "not_ip",
  /** The capture truncated the frame before the end of the headers. */
  "truncated",
  /** Invalid bytes: a length that exceeds the packet, a name without end. */
  "malformed",
  /** A fragment of an incomplete datagram. */
  "fragment",
  /** A copy of a fragment. */
  "fragment_copy",
  /** Neither handshake nor DNS nor an ICMP error that ends a TCP connection: what the capture filter excludes. */
  "uninteresting",
  /** Multicast DNS (RFC 6762) on a configured DNS port: its answers go to the group, if any. */
  "multicast_dns",
  /** DNS opcode other than QUERY (notify, update …). */
  "dns_opcode",
  "dns_no_question",
  /** DNS over TCP at an unknown position of the stream. */
  "dns_out_of_sync",
] as const;

export type IgnoredReason = (typeof IGNORED_REASONS)[number];

/** Tunnels, which are not decapsulated. `encrypted` is WireGuard and IPsec. */
export const TUNNELS = ["vxlan", "geneve", "gre", "ip_in_ip", "encrypted"] as const;
export type Tunnel = (typeof TUNNELS)[number];

/** Counters of decode. They only grow, except `fragmentBytes` and `streamBytes`, which are bytes in memory. */
export interface DecodeCounters {
  packets: number;
  segments: number;
  messages: number;
  unreachables: number;
  /** Packets, or messages of a DNS-over-TCP stream. */
  readonly ignored: Record<IgnoredReason, number>;
  /** Those of the uninteresting packets that encapsulate others. */
  readonly tunnels: Record<Tunnel, number>;
  /** DNS messages, or segments of them, that the capture truncated. */
  cutDns: number;
  /** Answers whose decoded form was in a cache, and those that were decoded. */
  memoHits: number;
  memoMisses: number;
  /** Answers with more records or names, or a longer chain, than are decoded. */
  answersCut: number;
  reassembled: number;
  /** Incomplete datagrams that were dropped: too old, inconsistent, or evicted. */
  fragmentsDropped: number;
  fragmentBytes: number;
  /** DNS-over-TCP streams that were dropped with bytes in them: too old, too long, or evicted. */
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
