// The sender of a frame by its link-layer header. Read only for the few frames that need it.
import { mix } from "../../bounded/hash.ts";
import { Direction, LinkType } from "../../model/packet.ts";

/** ARPHRD_LOOPBACK, in the headers of LINUX_SLL and LINUX_SLL2: https://www.tcpdump.org/linktypes.html */
const LOOPBACK = 772;

/** Whether this host sent the frame: on another interface, or on the loopback, which shows each frame twice. */
export function isSentHere(linkType: number, view: DataView, start: number, direction: Direction): boolean {
  if (direction === Direction.outgoing) return true;
  if (linkType === LinkType.linuxSll) return view.getUint16(start + 2) === LOOPBACK;
  if (linkType === LinkType.linuxSll2) return view.getUint16(start + 8) === LOOPBACK;
  // Only frames on a loopback have zeros as source and destination.
  if (linkType !== LinkType.ethernet) return false;
  return view.getInt32(start) === 0 && view.getInt32(start + 4) === 0 && view.getInt32(start + 8) === 0;
}

/**
 * The link of an incoming frame as one number: for LINUX_SLL2, 15 bits of the interface index above 16 bits of a hash of the
 * sender's link-layer address; for LINUX_SLL, a hash of that address with the sign bit set. 0 for other frames, and if
 * unknown.
 */
export function readSenderLink(linkType: number, view: DataView, start: number, direction: Direction): number {
  if (direction !== Direction.incoming) return 0;
  if (linkType === LinkType.linuxSll) {
    const hash = view.getUint16(start + 4) === 0 ? 0 : hashMacAddress(view, start + 6);
    return hash === 0 ? 0 : hash | 0x80000000;
  }
  if (linkType !== LinkType.linuxSll2) return 0;
  const hash = view.getUint8(start + 11) === 0 ? 0 : hashMacAddress(view, start + 12);
  return ((view.getInt32(start + 4) & 0x7fff) << 16) | ((hash ^ (hash >>> 16)) & 0xffff);
}

/** Hash of a MAC address; 0 for that of a loopback interface, which is all zeros. */
function hashMacAddress(view: DataView, at: number): number {
  return mix(mix(0, view.getUint16(at)), view.getInt32(at + 2));
}
