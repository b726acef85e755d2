import { Direction, LinkType } from "../../model/packet.ts";
import { type Datagram, missingBytes } from "./datagram.ts";
import type { IgnoredReason } from "./decode-counters.ts";

/** IEEE 802 EtherTypes: https://www.iana.org/assignments/ieee-802-numbers */
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLAN = 0x8100;
const QINQ = 0x88a8;
const QINQ_OLD = 0x9100;
const PPPOE = 0x8864;

/** PPP protocol numbers (RFC 1661 §2, RFC 5072 §2). */
const PppProtocol = { ipv4: 0x0021, ipv6: 0x0057 } as const;

const ETHERNET_HEADER = 14;
const SLL_HEADER = 16;
const SLL2_HEADER = 20;
const NULL_HEADER = 4;
const VLAN_TAG = 4;
/** PPPoE (RFC 2516 §4) and the PPP protocol number. */
const PPPOE_HEADER = 8;

/** SLL packet types: addressed to another host, and sent by this host; 0 to 3 are incoming. */
const SLL_OTHER_HOST = 3;
const SLL_OUTGOING = 4;
/** For a frame without packet type. */
const SLL_NONE = 255;

// Constants, because fields of an imported object are loaded at each use.
const { ethernet: ETHERNET, linuxSll: LINUX_SLL, linuxSll2: LINUX_SLL2 } = LinkType;
const { unknown: UNKNOWN, incoming: INCOMING, outgoing: OUTGOING } = Direction;

/**
 * Moves `start` from the link-layer header to the IP header, and sets `direction` and `isBridged`.
 * Header layouts: https://www.tcpdump.org/linktypes.html
 */
export function readLinkLayer(linkType: number, datagram: Datagram): IgnoredReason | null {
  const { view, start } = datagram;
  const length = datagram.end - start;
  let packetType = SLL_NONE;
  let etherType = 0;
  let next = start;
  if (linkType === LINUX_SLL) {
    if (length < SLL_HEADER) return missingBytes(datagram);
    packetType = view.getUint16(start);
    etherType = view.getUint16(start + 14);
    next += SLL_HEADER;
  } else if (linkType === ETHERNET) {
    if (length < ETHERNET_HEADER) return missingBytes(datagram);
    etherType = view.getUint16(start + 12);
    next += ETHERNET_HEADER;
  } else if (linkType === LINUX_SLL2) {
    if (length < SLL2_HEADER) return missingBytes(datagram);
    packetType = view.getUint8(start + 10);
    etherType = view.getUint16(start);
    next += SLL2_HEADER;
  } else {
    datagram.direction = UNKNOWN;
    datagram.isBridged = false;
    return readWithoutEtherType(linkType, datagram);
  }
  datagram.direction = sllDirection(packetType);
  datagram.isBridged = packetType === SLL_OTHER_HOST;
  datagram.start = next;
  return etherType === IPV4 || etherType === IPV6 ? null : skipTags(datagram, etherType);
}

function sllDirection(packetType: number): Direction {
  if (packetType === SLL_OUTGOING) return OUTGOING;
  return packetType < SLL_OUTGOING ? INCOMING : UNKNOWN;
}

/** Link types without an EtherType: the version field of the IP header decides. */
function readWithoutEtherType(linkType: number, datagram: Datagram): IgnoredReason | null {
  switch (linkType) {
    case LinkType.null:
    case LinkType.loop:
      // The address family is not used: its values differ between systems, and its byte order between machines.
      if (datagram.end - datagram.start < NULL_HEADER) return missingBytes(datagram);
      datagram.start += NULL_HEADER;
      return null;
    case LinkType.rawDlt12:
    case LinkType.rawDlt14:
    case LinkType.raw:
    case LinkType.ipv4:
    case LinkType.ipv6:
      return null;
    default:
      return "link_type";
  }
}

/** Skips any number of VLAN tags, and a PPPoE header. */
function skipTags(datagram: Datagram, etherType: number): IgnoredReason | null {
  const { view, end } = datagram;
  let type = etherType;
  let next = datagram.start;
  while (type === VLAN || type === QINQ || type === QINQ_OLD) {
    if (end - next < VLAN_TAG) return missingBytes(datagram);
    type = view.getUint16(next + 2);
    next += VLAN_TAG;
  }
  if (type === PPPOE) {
    if (end - next < PPPOE_HEADER) return missingBytes(datagram);
    const protocol = view.getUint16(next + 6);
    if (protocol !== PppProtocol.ipv4 && protocol !== PppProtocol.ipv6) return "not_ip";
    next += PPPOE_HEADER;
  } else if (type !== IPV4 && type !== IPV6) {
    return "not_ip";
  }
  datagram.start = next;
  return null;
}
