import { OUTCOMES, type Outcome } from "../model/interaction.ts";

/** Why no interaction is made of a fact: `factsIgnored` of `--stats`. A closed list. */
export const IGNORED_FACT_REASONS = [
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
export type IgnoredFactReason = (typeof IGNORED_FACT_REASONS)[number];

export interface ResolveCounters {
  connections: number;
  lookups: number;
  interactions: number;
  readonly outcomes: Record<Outcome, number>;
  /** Facts of which no interaction was made, by reason. */
  readonly ignored: Record<IgnoredFactReason, number>;
  /** Facts pending now. */
  waiting: number;
  /** Facts resolved early because a table was full. */
  waitingEvicted: number;
  /** Resolved names evicted because a table was full. */
  namesEvicted: number;
  /** Interactions with `~other` as their server because the limit of names was reached. */
  externalNamesOverflow: number;
  /** Interactions with an end whose owner never became known. */
  unresolved: number;
}

export function zeroResolveCounters(): ResolveCounters {
  return {
    connections: 0,
    lookups: 0,
    interactions: 0,
    outcomes: zeros(OUTCOMES),
    ignored: zeros(IGNORED_FACT_REASONS),
    waiting: 0,
    waitingEvicted: 0,
    namesEvicted: 0,
    externalNamesOverflow: 0,
    unresolved: 0,
  };
}

function zeros<K extends string>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}
