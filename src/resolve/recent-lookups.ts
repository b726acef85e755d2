import { TwoGenerationMap } from "../bounded/two-generation-map.ts";
import type { Lookup } from "../model/lookup.ts";

/** Who asked: an identity, and the namespace whose search path it has; null for host processes. */
export interface LookupClient {
  readonly id: string;
  readonly namespace: string | null;
}

/** A set of question types, a bit each: only A (1) and AAAA (28) come here. */
export type TypeSet = number;

export function typeSet(type: number): TypeSet {
  return 1 << type;
}

/** A name that was resolved, and waits for a connection to follow. */
export interface Resolution {
  readonly client: LookupClient;
  readonly recent: RecentLookups;
  readonly lookup: Lookup;
  /** The question, case-folded. */
  readonly name: string;
  readonly answerMicros: number;
  /** Which of A and AAAA have been answered. */
  types: TypeSet;
  isUsed: boolean;
}

/** One try of a program to resolve a name, while every question of it has failed. */
export interface Attempt {
  readonly client: LookupClient;
  readonly recent: RecentLookups;
  /** The first question. */
  readonly lookup: Lookup;
  readonly decideMicros: number;
  /** Names whose questions have failed, each once, and at the same position the types that were asked. */
  readonly names: string[];
  readonly types: TypeSet[];
  readonly firstBases: readonly string[];
  /** What the program may have asked, by all questions so far. */
  bases: readonly string[];
  /** A failure that asking again might mend: SERVFAIL, REFUSED, silence. */
  hasOther: boolean;
  isDecided: boolean;
}

/** What one client has asked of late. */
export interface RecentLookups {
  /** What a program may have asked, by when any search form of it was last answered. */
  readonly answered: TwoGenerationMap<string, number>;
  /** The newest attempt for each base. */
  readonly attempts: Map<string, Attempt>;
  /** Resolutions still waiting for their connection, by name, in order of their answers. */
  readonly resolutions: Map<string, Resolution[]>;
}

const MAX_ANSWERED = 4_096;

export function noLookups(): RecentLookups {
  return { answered: new TwoGenerationMap(MAX_ANSWERED), attempts: new Map(), resolutions: new Map() };
}
