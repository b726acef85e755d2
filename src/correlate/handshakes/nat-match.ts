import { Direction } from "../../model/packet.ts";
import type { TcpSegment } from "../../model/tcp-segment.ts";
import { sameDestination, sameSource } from "../../model/tuple.ts";
import { UNCERTAIN_NAT_MICROS } from "../../model/waiting-times.ts";
import { HandshakeLayout, HandshakeMark, MAX_FORMS, Previous } from "./handshake-layout.ts";
import type { HandshakeTable } from "./handshake-table.ts";

const { lastSynDouble, firstAt, lastAt, previousAt, formsAt, marksAt, retriesAt } = HandshakeLayout;
const { isDestinationTranslated } = HandshakeMark;
const { hops: hopsMask, isBridged, directionShift } = Previous;

/**
 * Which sighting is another leg of an attempt, the same SYN behind some NAT. Sequence number and nearness in time are not
 * enough: strangers choose one number by chance, and scanners use one for all their targets.
 *
 * NAT changes addresses and ports. It leaves alone what the sender chose for this SYN (identification or flow label,
 * timestamp) and what its TCP stack puts into all of them (window, header length): the fingerprint, which must be equal. All
 * SYNs of real stacks in the laboratory have one that is their own, with timestamps or without. Tools that write their
 * packets themselves may give all the same: then the way that packets take through a node decides.
 */
export function fingerprintOf(segment: Readonly<TcpSegment>): number {
  const hash = Math.imul(segment.identification, 0x9e3779b1) ^ segment.stackShape;
  return segment.hasTimestamp ? Math.imul(hash ^ (hash >>> 15) ^ segment.timestampValue, 0x85ebca6b) | 1 : hash & ~1;
}

/**
 * How well a sighting fits as another leg. Both ends may be translated, but one translated end is likelier. `possible`
 * is one that looks the same where a tool gives all its packets one fingerprint: what follows shows which it is.
 */
export const NatMatch = { none: 0, possible: 1, bothEndsTranslated: 2, oneEndTranslated: 3 } as const;
export type NatMatch = (typeof NatMatch)[keyof typeof NatMatch];
const { none, possible, bothEndsTranslated, oneEndTranslated } = NatMatch;
const { unknown, incoming, outgoing } = Direction;

/** The sighting has the attempt's number and fingerprint, comes soon after its last SYN, and is no form that is known. */
export function natMatch(table: HandshakeTable, record: number, segment: TcpSegment): NatMatch {
  const { words, doubles } = table;
  if ((words[record + formsAt] ?? 0) >= MAX_FORMS) return none;
  const keepsSource = sameSource(words, record + lastAt, segment) || sameSource(words, record + firstAt, segment);
  const keepsDestination =
    sameDestination(words, record + lastAt, segment) || sameDestination(words, record + firstAt, segment);
  // A destination is translated once. Only a repeat may get another translation, where the first one is forgotten.
  const isTranslatedAgain = !keepsDestination && ((words[record + marksAt] ?? 0) & isDestinationTranslated) !== 0;
  if (isTranslatedAgain && words[record + retriesAt] === 0) return none;
  if (!keepsSource && segment.identification === 0 && !segment.hasTimestamp) {
    // The sender's stack does not tell its SYNs apart, and many clients dial one server.
    const sinceSyn = segment.timeMicros - (doubles[(record >> 1) + lastSynDouble] ?? 0);
    if (sinceSyn > UNCERTAIN_NAT_MICROS || !(keepsDestination || segment.direction === outgoing)) return none;
  }
  return wayFit(words, record, segment, keepsSource, keepsDestination);
}

/**
 * Whether one packet can be seen like this after the attempt's last sighting. Frames that come in are before NAT, frames
 * that go out behind it. Between two that come in only a bridge translates: its port shows what is addressed to others,
 * or to the one interface whose address the bridge has taken for its own. What went out and comes in again was forwarded
 * by others, and so has fewer hops left.
 */
function wayFit(
  words: Int32Array,
  record: number,
  segment: TcpSegment,
  keepsSource: boolean,
  keepsDestination: boolean,
): NatMatch {
  const before = words[record + previousAt] ?? 0;
  const hopsBefore = before & hopsMask;
  if (segment.hops > hopsBefore) return none;
  const wasRouted = segment.hops < hopsBefore;
  const fit = keepsSource || keepsDestination ? oneEndTranslated : bothEndsTranslated;
  const from = before >>> directionShift;
  const { direction } = segment;
  if (from === unknown || direction === unknown) {
    if (wasRouted || keepsDestination) return fit;
    return keepsSource ? possible : none;
  }
  if (direction === outgoing) return from === incoming || wasRouted || keepsDestination ? fit : none;
  if (from === outgoing) return wasRouted ? fit : none;
  if (!keepsSource || segment.isBridged) return none;
  return (before & isBridged) !== 0 ? fit : possible;
}
