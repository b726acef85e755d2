import { Direction, LinkType } from "../model/packet.ts";
import { type Datagram, missingBytes } from "./datagram.ts";
import type { IgnoredReason } from "./decode-counters.ts";

/** IEEE 802 EtherTypes: https://www.iana.org/assignments/ieee-802-numbers */
const EtherType = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100, qinq: 0x88a8, qinqOld: 0x9100, pppoe: 0x8864 } as const;

/** PPP protocol numbers (RFC 1661 §2, RFC 5072 §2). */
const PppProtocol = { ipv4: 0x0021, ipv6: 0x0057 } as const;

const ETHERNET_HEADER = 14;
const SLL_HEADER = 16;
const SLL2_HEADER = 20;
const NULL_HEADER = 4;
const VLAN_TAG = 4;
/** PPPoE (RFC 2516 §4), with the PPP protocol behind it. */
const PPPOE_HEADER = 8;

/** SLL packet type of a frame that this machine sent; 0 to 3 came in, 3 meant for another host. */
const SLL_OUTGOING = 4;

/**
 * Moves `start` from the link-layer header to the IP header, and sets `direction`.
 * Header layouts: https://www.tcpdump.org/linktypes.html
 */
export function readLinkLayer(linkType: number, datagram: Datagram): IgnoredReason | null {
  const { view, start, end } = datagram;
  datagram.direction = Direction.unknown;
  switch (linkType) {
    case LinkType.ethernet:
      if (end - start < ETHERNET_HEADER) return missingBytes(datagram);
      return readEtherType(datagram, start + ETHERNET_HEADER);
    case LinkType.linuxSll:
      if (end - start < SLL_HEADER) return missingBytes(datagram);
      datagram.direction = sllDirection(view.getUint16(start));
      return readEtherType(datagram, start + SLL_HEADER);
    case LinkType.linuxSll2:
      if (end - start < SLL2_HEADER) return missingBytes(datagram);
      datagram.direction = sllDirection(view.getUint8(start + 10));
      return readEtherType(datagram, start + SLL2_HEADER, start);
    case LinkType.null:
    case LinkType.loop:
      // The address family's number differs between systems, and its byte order with the machine: the IP version
      // that follows says the same.
      datagram.start = start + NULL_HEADER;
      return end - start < NULL_HEADER ? missingBytes(datagram) : null;
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

function sllDirection(packetType: number): Direction {
  if (packetType === SLL_OUTGOING) return Direction.outgoing;
  return packetType < SLL_OUTGOING ? Direction.incoming : Direction.unknown;
}

/** Steps over VLAN tags, as many as there are, and a PPPoE header; the EtherType stands before `at` unless told. */
function readEtherType(datagram: Datagram, at: number, typeAt = at - 2): IgnoredReason | null {
  const { view, end } = datagram;
  let type = view.getUint16(typeAt);
  let next = at;
  while (type === EtherType.vlan || type === EtherType.qinq || type === EtherType.qinqOld) {
    if (end - next < VLAN_TAG) return missingBytes(datagram);
    type = view.getUint16(next + 2);
    next += VLAN_TAG;
  }
  if (type === EtherType.pppoe) {
    if (end - next < PPPOE_HEADER) return missingBytes(datagram);
    const protocol = view.getUint16(next + 6);
    if (protocol !== PppProtocol.ipv4 && protocol !== PppProtocol.ipv6) return "not_ip";
    next += PPPOE_HEADER;
  } else if (type !== EtherType.ipv4 && type !== EtherType.ipv6) {
    return "not_ip";
  }
  datagram.start = next;
  return null;
}
