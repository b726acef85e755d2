export interface CaptureFilterOptions {
  /** UDP and TCP ports that carry DNS. */
  readonly dnsPorts: readonly number[];
}

/**
 * The kernel's filter in libpcap's language: all frames that decode can use, over IPv4 and IPv6, and no others.
 * Flag bits are tested, not compared: an ECN SYN carries more of them. `tcp[…]` and `icmp[…]` know only IPv4, so IPv6
 * is written by offsets, which look no further than the first header: extension headers and VLAN tags escape it.
 * FIN is left out: no rule needs it, and it is up to half of the TCP frames.
 * https://www.tcpdump.org/manpages/pcap-filter.7.html
 */
export function captureFilter(options: CaptureFilterOptions): string {
  return [
    ...options.dnsPorts.map((port) => `udp port ${port} or tcp port ${port}`),
    "tcp[tcpflags] & (tcp-syn|tcp-rst) != 0",
    "(ip6[6] == 6 and ip6[53] & 6 != 0)",
    // Destination unreachable: type 3 of ICMP, type 1 of ICMPv6.
    "icmp[0] == 3",
    "(ip6[6] == 58 and ip6[40] == 1)",
    // Later fragments have no ports; of IPv6 the first has them behind the fragment header.
    "ip[6:2] & 0x1fff != 0",
    "ip6[6] == 44",
  ].join(" or ");
}
