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
/** PPPoE (RFC 2516 §4), with the PPP protocol behind it. */
const PPPOE_HEADER = 8;

/** SLL packet types of a frame that is addressed to another host, and of one that this machine sent; 0 to 3 came in. */
const SLL_OTHER_HOST = 3;
const SLL_OUTGOING = 4;
/** Of a frame without packet type. */
const SLL_NONE = 255;

// Read once: at each frame the fields of an imported object would be looked up anew.
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
  return etherType === IPV4 || etherType === IPV6 ? null : stepOverTags(datagram, etherType);
}

function sllDirection(packetType: number): Direction {
  if (packetType === SLL_OUTGOING) return OUTGOING;
  return packetType < SLL_OUTGOING ? INCOMING : UNKNOWN;
}

/** Link types whose header, if they have one, does not say what follows: the IP version does. */
function readWithoutEtherType(linkType: number, datagram: Datagram): IgnoredReason | null {
  switch (linkType) {
    case LinkType.null:
    case LinkType.loop:
      // The address family's number differs between systems, and its byte order with the machine.
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

/** Steps over VLAN tags, as many as there are, and a PPPoE header. */
function stepOverTags(datagram: Datagram, etherType: number): IgnoredReason | null {
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
