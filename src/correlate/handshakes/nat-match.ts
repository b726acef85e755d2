import { mix } from "../../bounded/hash.ts";
import { Direction } from "../../model/packet.ts";
import type { TcpSegment } from "../../model/tcp-segment.ts";
import { UNCERTAIN_NAT_MICROS } from "../../model/waiting-times.ts";
import { HandshakeFlag } from "./handshake-flag.ts";
import { type HandshakeRecords, MAX_TUPLES } from "./handshake-records.ts";

/**
 * Hash of what NAT leaves unchanged and the sender chose for this SYN (IP identification or flow label, timestamp) or
 * chooses for all of its SYNs (window, header length). A sighting after NAT has the same fingerprint. Equal sequence
 * numbers and times are not enough: two clients choose one number by chance, and scanners use one for all targets. SYNs
 * of TCP stacks differ in it, with or without timestamps; those of packet generators may not, and then `natMatch`
 * decides by the way that packets take through a node.
 */
export function fingerprintOf(segment: Readonly<TcpSegment>): number {
  const hash = mix(mix(0, segment.identification), segment.stackShape);
  return segment.hasTimestamp ? mix(hash, segment.timestampValue) | 1 : hash & ~1;
}

/**
 * How likely a sighting is an attempt's SYN after NAT. NAT may translate both ends, but mostly translates one.
 * `possible`: both ends of a bridge look like this, and so do two SYNs of a packet generator; see ambiguous-pairs.ts.
 */
export const NatMatch = { none: 0, possible: 1, bothEndsTranslated: 2, oneEndTranslated: 3 } as const;
export type NatMatch = (typeof NatMatch)[keyof typeof NatMatch];
const { none, possible, bothEndsTranslated, oneEndTranslated } = NatMatch;
const { unknown, incoming, outgoing } = Direction;

/**
 * Compares a SYN with an attempt of the same sequence number and fingerprint, whose last SYN came just before, and
 * which has not had the SYN's tuple.
 */
export function natMatch(table: HandshakeRecords, record: number, segment: TcpSegment): NatMatch {
  if (table.latestTuples(record) >= MAX_TUPLES) return none;
  const { tuples } = table;
  const keepsSource = tuples.hasSource(record, segment);
  const keepsDestination = tuples.hasDestination(record, segment);
  if (!keepsDestination && isRedirected(table, record)) return none;
  if (!keepsSource && !isIdentified(segment)) {
    // All SYNs of this stack have the same fingerprint, and many clients may connect to one server.
    const sinceSyn = segment.timeMicros - table.lastSynMicros(record);
    if (sinceSyn > UNCERTAIN_NAT_MICROS || !(keepsDestination || segment.direction === outgoing)) return none;
  }
  return matchPath(table, record, segment, keepsSource, keepsDestination);
}

/**
 * Whether a sighting of the latest transmission had a destination after NAT, which translates it once: what has another one then, its
 * receiver has sent. A retransmission may be translated anew if conntrack has dropped the entry.
 */
function isRedirected(table: HandshakeRecords, record: number): boolean {
  if (table.retries(record) === 0) return table.tuples.isDestinationTranslated(record);
  return table.hasFlag(record, HandshakeFlag.isRedirectedAgain);
}

/** Whether the SYN has an identification, flow label or timestamp. Without one, all SYNs of its stack have the same fingerprint. */
export function isIdentified({ identification, hasTimestamp }: TcpSegment): boolean {
  return identification !== 0 || hasTimestamp;
}

/**
 * Whether one packet can be seen like this after the attempt's latest sighting. Incoming sightings are before NAT,
 * outgoing ones after it. Between two incoming sightings only a bridge translates: its port shows frames for other
 * hosts, or for the one interface whose address the bridge uses as its own. A packet that comes in after it went out
 * was routed by another host, and has a lower hop limit.
 */
function matchPath(
  table: HandshakeRecords,
  record: number,
  { hops, direction, isBridged }: TcpSegment,
  keepsSource: boolean,
  keepsDestination: boolean,
): NatMatch {
  const hopsBefore = table.latestHops(record);
  if (hops > hopsBefore) return none;
  const wasRouted = hops < hopsBefore;
  const match = keepsSource || keepsDestination ? oneEndTranslated : bothEndsTranslated;
  const before = table.latestDirection(record);
  if (before === unknown || direction === unknown) {
    if (wasRouted || keepsDestination) return match;
    return keepsSource ? possible : none;
  }
  if (direction === outgoing) return before === incoming || wasRouted || keepsDestination ? match : none;
  if (before === outgoing) return wasRouted ? match : none;
  if (!keepsSource || isBridged) return none;
  return table.isLatestBridged(record) ? match : possible;
}
