import { ADDRESS_WORDS } from "../../model/address.ts";
import { TcpFlag, type UnreachableQuote } from "../../model/tcp-segment.ts";
import { type Datagram, missingBytes } from "./datagram.ts";
import type { IgnoredReason } from "./decode-counters.ts";
import { IpProtocol, setIpv4 } from "./ip.ts";

type Verdict = UnreachableQuote["verdict"];

const ICMP_HEADER = 8;
/** Types of ICMP (RFC 792) and ICMPv6 (RFC 4443). */
const ICMP_UNREACHABLE = 3;
const ICMP_TIME_EXCEEDED = 11;
const ICMPV6_UNREACHABLE = 1;
const ICMPV6_TIME_EXCEEDED = 3;

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;

/** Ports and sequence number: the first 8 bytes of a TCP header, which every ICMP error quotes (RFC 792). */
const QUOTED_TCP = 8;

/** Offset of the flags in a TCP header. Linux quotes the whole header, other systems may not. */
const QUOTED_FLAGS = 13;

/**
 * What an ICMP message means to the connection that it quotes; null: nothing. Of the codes of "unreachable" (RFC 792, RFC 1122
 * §3.2.2.1), "fragmentation needed" (4) does not end a connection. A routing loop shows as "time exceeded".
 */
function icmpVerdict(type: number, code: number): Verdict | null {
  if (type === ICMP_TIME_EXCEEDED) return "host_unreachable";
  if (type !== ICMP_UNREACHABLE) return null;
  switch (code) {
    case 3:
      return "refused";
    case 4:
      return null;
    case 0:
    case 6:
    case 9:
    case 11:
      return "network_unreachable";
    default:
      return "host_unreachable";
  }
}

/** The same for ICMPv6 (RFC 4443 §3.1, §3.3). */
function icmpv6Verdict(type: number, code: number): Verdict | null {
  if (type === ICMPV6_TIME_EXCEEDED) return "host_unreachable";
  if (type !== ICMPV6_UNREACHABLE) return null;
  if (code === 4) return "refused";
  return code === 0 ? "network_unreachable" : "host_unreachable";
}

/**
 * Reads a destination unreachable or time exceeded message and the TCP header that it quotes. Other ICMP messages are "uninteresting".
 * The addresses are those of the quoted packet, because the source of the ICMP message may be any router.
 */
export function readUnreachable(datagram: Datagram, quote: UnreachableQuote): IgnoredReason | null {
  const { view, start, end, protocol } = datagram;
  if (end - start < ICMP_HEADER) return missingBytes(datagram);
  const isVersion6 = protocol === IpProtocol.icmpv6;
  const type = view.getUint8(start);
  const code = view.getUint8(start + 1);
  const verdict = isVersion6 ? icmpv6Verdict(type, code) : icmpVerdict(type, code);
  if (verdict === null) return "uninteresting";
  quote.verdict = verdict;
  datagram.start = start + ICMP_HEADER;
  const self = selfAddress(datagram.addresses);
  const reason = isVersion6 ? readQuotedIpv6(datagram, quote.addresses) : readQuotedIpv4(datagram, quote.addresses);
  if (reason !== null) return reason;
  const tcp = datagram.start;
  if (end - tcp < QUOTED_TCP) return missingBytes(datagram);
  quote.sourcePort = view.getUint16(tcp);
  quote.destinationPort = view.getUint16(tcp + 2);
  quote.sequence = view.getInt32(tcp + 4);
  quote.isOwnSyn = self !== null && isSource(quote.addresses, self) && isSyn(datagram, tcp);
  return null;
}

const selfWords = new Int32Array(ADDRESS_WORDS);

/** The source of the error if it is also its destination; null otherwise. */
function selfAddress(addresses: Int32Array): Int32Array | null {
  for (let word = 0; word < ADDRESS_WORDS; word++) {
    if (addresses[word] !== addresses[ADDRESS_WORDS + word]) return null;
    selfWords[word] = addresses[word] ?? 0;
  }
  return selfWords;
}

function isSource(addresses: Int32Array, self: Int32Array): boolean {
  return self.every((word, i) => addresses[i] === word);
}

/** Whether the quote includes the flags, and they are those of a SYN without ACK. */
function isSyn({ view, end }: Datagram, tcp: number): boolean {
  if (end - tcp <= QUOTED_FLAGS) return false;
  const flags = view.getUint8(tcp + QUOTED_FLAGS);
  return (flags & TcpFlag.syn) !== 0 && (flags & (TcpFlag.ack | TcpFlag.rst)) === 0;
}

function readQuotedIpv4(datagram: Datagram, addresses: Int32Array): IgnoredReason | null {
  const { view, start, end } = datagram;
  if (end - start < IPV4_HEADER) return missingBytes(datagram);
  const headerLength = (view.getUint8(start) & 15) << 2;
  if (view.getUint8(start) >>> 4 !== 4 || headerLength < IPV4_HEADER) return "malformed";
  if (view.getUint8(start + 9) !== IpProtocol.tcp) return "uninteresting";
  // Only a first fragment begins with a TCP header.
  if ((view.getUint16(start + 6) & 0x1fff) !== 0) return "uninteresting";
  setIpv4(addresses, 0, view.getInt32(start + 12));
  setIpv4(addresses, ADDRESS_WORDS, view.getInt32(start + 16));
  datagram.start = start + headerLength;
  return null;
}

/** Does not skip extension headers: SYNs are sent without any. */
function readQuotedIpv6(datagram: Datagram, addresses: Int32Array): IgnoredReason | null {
  const { view, start, end } = datagram;
  if (end - start < IPV6_HEADER) return missingBytes(datagram);
  if (view.getUint8(start) >>> 4 !== 6) return "malformed";
  if (view.getUint8(start + 6) !== IpProtocol.tcp) return "uninteresting";
  for (let word = 0; word < 2 * ADDRESS_WORDS; word++) addresses[word] = view.getInt32(start + 8 + 4 * word);
  datagram.start = start + IPV6_HEADER;
  return null;
}
