import { FifoQueue } from "../bounded/fifo-queue.ts";
import { Rcode } from "../model/dns-message.ts";
import type { Lookup } from "../model/lookup.ts";
import { SEARCH_FORMS_MICROS } from "../model/waiting-times.ts";
import { type ClusterNames, labelPrefixes } from "./cluster-names.ts";
import { type Attempt, type LookupClient, type RecentLookups, typeSet } from "./recent-lookups.ts";

/** A name none of whose search forms was answered. */
export interface FailedLookup {
  readonly type: "failed";
  readonly client: LookupClient;
  /** The first question of the attempt. */
  readonly lookup: Lookup;
  /** Every question that was asked for the name, in order. */
  readonly forms: readonly string[];
  /** What the program may have asked. */
  readonly bases: readonly string[];
  readonly outcome: "host_not_found" | "try_again";
}

const MAX_PENDING = 65_536;
/** The stub resolver of glibc repeats a question after 5 s of silence. */
const REPEAT_MICROS = SEARCH_FORMS_MICROS + 1_000_000;
/** An answer this long before a failed question may belong to the same asking: A was answered, AAAA was not. */
const ANSWER_BEFORE_MICROS = 1_000_000;

/** Questions that failed, put together to attempts: each waits for one of its search forms to be answered after all. */
export class FailedLookups {
  readonly #names: ClusterNames;
  readonly #emit: (failed: FailedLookup) => void;
  readonly #attempts = new FifoQueue<Attempt>();
  readonly #decided = new FifoQueue<Attempt>();
  /** Attempts decided early for want of room. */
  evicted = 0;

  constructor(names: ClusterNames, emit: (failed: FailedLookup) => void) {
    this.#names = names;
    this.#emit = emit;
  }

  /** `name` is the question, case-folded. */
  add(recent: RecentLookups, client: LookupClient, lookup: Lookup, name: string): void {
    const bases = this.#names.searchBases(name, client.namespace);
    const isNameError = lookup.rcode === Rcode.nameError;
    const attempt = this.#attemptFor(recent, name, bases);
    // What the resolver repeats of a name that has been given up belongs to that attempt still.
    if (attempt?.isDecided === true && lookup.queryMicros - attempt.lookup.queryMicros <= REPEAT_MICROS) return;
    if (attempt === null || attempt.isDecided || (isNameError && hasFailed(attempt, name, lookup.type))) {
      this.#begin({
        client,
        recent,
        lookup,
        decideMicros: (lookup.answerMicros ?? lookup.queryMicros + SEARCH_FORMS_MICROS) + SEARCH_FORMS_MICROS,
        names: [name],
        types: [typeSet(lookup.type)],
        firstBases: bases,
        bases,
        hasOther: !isNameError,
        isDecided: false,
      });
      return;
    }
    addQuestion(attempt, name, lookup.type);
    attempt.hasOther ||= !isNameError;
    if (bases === attempt.bases || attempt.bases.length === 1) return;
    const common = attempt.bases.filter((base) => bases.includes(base));
    if (common.length > 0) attempt.bases = common;
  }

  advance(nowMicros: number): void {
    for (let next = this.#attempts.first; next !== undefined; next = this.#attempts.first) {
      if (next.decideMicros > nowMicros) break;
      this.#attempts.shift();
      this.#decide(next);
    }
    for (let next = this.#decided.first; next !== undefined; next = this.#decided.first) {
      if (next.decideMicros + REPEAT_MICROS > nowMicros) return;
      this.#decided.shift();
      forget(next);
    }
  }

  /**
   * No more facts. A name is known to have failed only if the program's own form was asked too, which is the last of
   * the search path; a search that the end cut short is not told.
   */
  finish(): void {
    for (let next = this.#attempts.shift(); next !== undefined; next = this.#attempts.shift()) {
      const own = next.bases.reduce((a, b) => (b.length < a.length ? b : a));
      if (next.names.includes(own)) this.#decide(next);
    }
  }

  #attemptFor(recent: RecentLookups, name: string, bases: readonly string[]): Attempt | null {
    if (recent.attempts.size === 0) return null;
    for (const base of bases) {
      const attempt = recent.attempts.get(base);
      if (attempt !== undefined) return attempt;
    }
    // A search suffix that is not the cluster's: the node's own domain.
    if (this.#names.isInCluster(name)) return null;
    for (const prefix of labelPrefixes(name, 1)) {
      const attempt = recent.attempts.get(prefix);
      if (attempt !== undefined) return attempt;
    }
    return null;
  }

  #begin(attempt: Attempt): void {
    for (const base of attempt.bases) attempt.recent.attempts.set(base, attempt);
    this.#attempts.push(attempt);
    if (this.#attempts.size <= MAX_PENDING) return;
    this.evicted++;
    const oldest = this.#attempts.shift();
    if (oldest !== undefined) this.#decide(oldest);
  }

  #decide(attempt: Attempt): void {
    const { client, lookup, names, bases } = attempt;
    attempt.isDecided = true;
    this.#decided.push(attempt);
    if (this.#decided.size > MAX_PENDING) forget(this.#decided.shift());
    if (this.#wasAnswered(attempt)) return;
    const outcome = attempt.hasOther ? "try_again" : "host_not_found";
    this.#emit({ type: "failed", client, lookup, forms: names, bases, outcome });
  }

  /** Whether any search form of what was asked has been answered meanwhile. */
  #wasAnswered({ recent, lookup, names, bases }: Attempt): boolean {
    const since = lookup.queryMicros - ANSWER_BEFORE_MICROS;
    const isAnswered = (base: string) => (recent.answered.get(base) ?? Number.NEGATIVE_INFINITY) >= since;
    // The last and shortest is what all forms have in common.
    if (bases.findLast(isAnswered) !== undefined) return true;
    return names.some((name) => !this.#names.isInCluster(name) && labelPrefixes(name).some(isAnswered));
  }
}

function forget(attempt: Attempt | undefined): void {
  if (attempt === undefined) return;
  const { attempts } = attempt.recent;
  for (const base of attempt.firstBases) if (attempts.get(base) === attempt) attempts.delete(base);
}

function hasFailed(attempt: Attempt, name: string, type: number): boolean {
  const types = attempt.types[attempt.names.indexOf(name)] ?? 0;
  return (types & typeSet(type)) !== 0;
}

function addQuestion({ names, types }: Attempt, name: string, type: number): void {
  const at = names.indexOf(name);
  if (at < 0) {
    names.push(name);
    types.push(typeSet(type));
  } else {
    types[at] = (types[at] ?? 0) | typeSet(type);
  }
}
