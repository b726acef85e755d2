/** Why a fact draws nothing. A closed list. */
export const IGNORED_REASONS = [
  "dns_transport",
  "loopback",
  "probe",
  "own_traffic",
  "reported_elsewhere",
  "unfinished",
  "forwarded_lookup",
  "unasked_answer",
  "spoofed_source",
  "lookup_type",
] as const;
export type IgnoredReason = (typeof IGNORED_REASONS)[number];

export interface ResolveCounters {
  connections: number;
  lookups: number;
  interactions: number;
  /** Facts that drew nothing, by reason. */
  readonly ignored: Record<IgnoredReason, number>;
  /** Facts that wait for news at this moment. */
  waiting: number;
  /** Facts decided early for want of room. */
  waitingEvicted: number;
  /** Resolved names forgotten for want of room. */
  namesEvicted: number;
  /** Interactions that were drawn with `~other` for want of room. */
  externalNamesOverflow: number;
  /** Interactions with an end whose owner never became known. */
  unresolved: number;
}

export function zeroResolveCounters(): ResolveCounters {
  const ignored = Object.fromEntries(IGNORED_REASONS.map((reason) => [reason, 0])) as Record<IgnoredReason, number>;
  return {
    connections: 0,
    lookups: 0,
    interactions: 0,
    ignored,
    waiting: 0,
    waitingEvicted: 0,
    namesEvicted: 0,
    externalNamesOverflow: 0,
    unresolved: 0,
  };
}
