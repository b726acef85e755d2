interface CaptureFilterOptions {
  /** UDP and TCP ports that carry DNS. */
  readonly dnsPorts: readonly number[];
}

/**
 * The pcap-filter expression for all frames that decode uses, over IPv4 and IPv6, and no others.
 * It tests flag bits and does not compare flags, because a SYN with ECN has more of them. `tcp[…]` and `icmp[…]` match
 * IPv4 only. The expressions for IPv6 use offsets from the fixed header, so they miss packets with extension headers, and
 * both miss packets with VLAN tags. FIN is left out: nothing uses it, and it is up to half of the TCP frames.
 * https://www.tcpdump.org/manpages/pcap-filter.7.html
 */
export function captureFilter(options: CaptureFilterOptions): string {
  return [
    ...options.dnsPorts.map((port) => `udp port ${port} or tcp port ${port}`),
    "tcp[tcpflags] & (tcp-syn|tcp-rst) != 0",
    "(ip6[6] == 6 and ip6[53] & 6 != 0)",
    // Destination unreachable and time exceeded: types 3 and 11 of ICMP, 1 and 3 of ICMPv6.
    "icmp[0] == 3 or icmp[0] == 11",
    "(ip6[6] == 58 and (ip6[40] == 1 or ip6[40] == 3))",
    // Only first fragments have ports, and in IPv6 they follow the fragment header.
    "ip[6:2] & 0x1fff != 0",
    "ip6[6] == 44",
  ].join(" or ");
}
