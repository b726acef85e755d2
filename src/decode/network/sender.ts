// Who put a frame on its link, by the link-layer header: read for the few frames that need it, and not for each.
import { mix } from "../../bounded/hash.ts";
import { Direction, LinkType } from "../../model/packet.ts";

/** ARPHRD_LOOPBACK, in the headers of LINUX_SLL and LINUX_SLL2: https://www.tcpdump.org/linktypes.html */
const LOOPBACK = 772;

/** Whether this host sent the frame itself: out of an interface, or over its loopback, which shows it twice. */
export function isSentHere(linkType: number, view: DataView, start: number, direction: Direction): boolean {
  if (direction === Direction.outgoing) return true;
  if (linkType === LinkType.linuxSll) return view.getUint16(start + 2) === LOOPBACK;
  if (linkType === LinkType.linuxSll2) return view.getUint16(start + 8) === LOOPBACK;
  // No frame has an address of zeros but those on a loopback, at both ends.
  if (linkType !== LinkType.ethernet) return false;
  return view.getInt32(start) === 0 && view.getInt32(start + 4) === 0 && view.getInt32(start + 8) === 0;
}

/**
 * Where the frame came in, as one number: for LINUX_SLL2 15 bits of the interface's index above 16 of a hash of the
 * sender's link-layer address, for LINUX_SLL a hash of that address with the sign set. 0 for what did not come in,
 * and where the capture does not say.
 */
export function readSenderLink(linkType: number, view: DataView, start: number, direction: Direction): number {
  if (direction !== Direction.incoming) return 0;
  if (linkType === LinkType.linuxSll) {
    const hash = view.getUint16(start + 4) === 0 ? 0 : hashAddress(view, start + 6);
    return hash === 0 ? 0 : hash | 0x80000000;
  }
  if (linkType !== LinkType.linuxSll2) return 0;
  const hash = view.getUint8(start + 11) === 0 ? 0 : hashAddress(view, start + 12);
  return ((view.getInt32(start + 4) & 0x7fff) << 16) | ((hash ^ (hash >>> 16)) & 0xffff);
}

/** Hash of a MAC address; 0 for that of a loopback interface, which is all zeros. */
function hashAddress(view: DataView, at: number): number {
  return mix(mix(0, view.getUint16(at)), view.getInt32(at + 2));
}
