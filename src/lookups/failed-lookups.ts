import { RecycledRing } from "../bounded/recycled-ring.ts";
import { Rcode } from "../model/dns-message.ts";
import type { Lookup } from "../model/lookup.ts";
import { SEARCH_FORMS_MICROS } from "../model/waiting-times.ts";
import type { AskedName, AskingClient, Question } from "./asked-names.ts";
import { type ClusterNames, labelPrefixes } from "./cluster-names.ts";
import type { RetainedLookup } from "./retained-lookup.ts";
import { Attempt } from "./search-attempt.ts";

/** A name none of whose search forms was answered. */
export interface FailedLookup {
  readonly type: "failed";
  /** Whose search path it was; null for host processes. */
  readonly namespace: string | null;
  /** The first question of the attempt; to be read at once. */
  readonly lookup: RetainedLookup;
  /** Every question that was asked for the name, in order. */
  readonly forms: readonly string[];
  /** What the program may have asked. */
  readonly bases: readonly string[];
  readonly outcome: "host_not_found" | "try_again";
}

const MAX_PENDING = 65_536;
/** Attempts that are remembered when they are decided: 5,000 a second, as long as resolvers repeat a question. */
const MAX_DECIDED = 32_768;
/** The stub resolver of glibc repeats a question after 5 s of silence. */
const REPEAT_MICROS = SEARCH_FORMS_MICROS + 1_000_000;
/** An answer this long before a failed question may belong to the same asking: A was answered, AAAA was not. */
const ANSWER_BEFORE_MICROS = 1_000_000;
const NEVER = Number.NEGATIVE_INFINITY;

/** Questions that failed, put together to attempts: each waits for one of its search forms to be answered after all. */
export class FailedLookups {
  readonly #names: ClusterNames;
  readonly #emit: (failed: FailedLookup) => void;
  /** In the order in which they began: first those that are decided and remembered, then those that wait. */
  readonly #attempts = new RecycledRing(() => new Attempt());
  #decided = 0;
  /** Attempts decided early for want of room. */
  evicted = 0;

  constructor(names: ClusterNames, emit: (failed: FailedLookup) => void) {
    this.#names = names;
    this.#emit = emit;
  }

  add(question: Question, lookup: Lookup): void {
    const { name, bases } = question;
    const isNameError = lookup.rcode === Rcode.nameError;
    const attempt = this.#attemptFor(question);
    const isSoon = attempt !== null && lookup.queryMicros - attempt.lookup.queryMicros <= REPEAT_MICROS;
    // What the resolver repeats of a name that has been given up belongs to that attempt still.
    if (isSoon && attempt.isDecided) return;
    const isOpen = attempt !== null && !attempt.isDecided;
    if (!isOpen || (!attempt.addQuestion(name, lookup.type) && isNameError)) {
      this.#begin(question, lookup).hasOther = !isNameError;
      return;
    }
    attempt.hasOther ||= !isNameError;
    attempt.narrow(bases);
  }

  advance(nowMicros: number): void {
    for (let next = this.#nextToDecide(); next !== undefined; next = this.#nextToDecide()) {
      if (next.decideMicros > nowMicros) break;
      this.#decide(next);
    }
    for (let next = this.#attempts.first; next?.isDecided; next = this.#attempts.first) {
      if (next.decideMicros + REPEAT_MICROS > nowMicros) return;
      this.#forgetFirst();
    }
  }

  /**
   * No more facts. A name is known to have failed only if the program's own form was asked too, which is the last of
   * the search path; a search that the end cut short is not told.
   */
  finish(): void {
    for (let next = this.#nextToDecide(); next !== undefined; next = this.#nextToDecide()) {
      const own = next.bases.reduce((a, b) => (b.name.length < a.name.length ? b : a));
      if (next.forms.includes(own.name)) this.#decide(next);
      else this.#remember(next);
    }
    while (this.#attempts.size > 0) this.#forgetFirst();
  }

  /** The oldest attempt that waits. */
  #nextToDecide(): Attempt | undefined {
    return this.#attempts.at(this.#decided);
  }

  #attemptFor({ client, name, bases }: Question): Attempt | null {
    if (client.attempts === 0) return null;
    for (let i = 0; i < bases.length; i++) {
      const attempt = bases[i]?.attempt ?? null;
      if (attempt !== null) return attempt;
    }
    // A search suffix that is not the cluster's: the node's own domain.
    if (this.#names.isInCluster(name)) return null;
    for (const prefix of labelPrefixes(name, 1)) {
      const attempt = client.names.get(prefix)?.attempt ?? null;
      if (attempt !== null) return attempt;
    }
    return null;
  }

  #begin({ name, bases }: Question, lookup: Lookup): Attempt {
    const attempt = this.#attempts.add();
    attempt.lookup.set(lookup);
    attempt.decideMicros = (lookup.answerMicros ?? lookup.queryMicros + SEARCH_FORMS_MICROS) + SEARCH_FORMS_MICROS;
    attempt.begin(bases, name, lookup.type);
    // The newest attempt for a base is the one that is found.
    for (let i = 0; i < bases.length; i++) {
      const base = bases[i] as AskedName;
      if (base.attempt === null) base.client.attempts++;
      base.attempt = attempt;
    }
    if (this.#attempts.size - this.#decided > MAX_PENDING) {
      this.evicted++;
      this.#decide(this.#nextToDecide() as Attempt);
    }
    return attempt;
  }

  /** Decides the oldest attempt that waits. */
  #decide(attempt: Attempt): void {
    const isAnswered = this.#wasAnswered(attempt);
    if (!isAnswered) {
      const { lookup, forms, bases, hasOther, firstBases } = attempt;
      this.#emit({
        type: "failed",
        namespace: firstBases[0]?.client.namespace ?? null,
        lookup,
        forms,
        bases: bases.map(({ name }) => name),
        outcome: hasOther ? "try_again" : "host_not_found",
      });
    }
    this.#remember(attempt);
  }

  #remember(attempt: Attempt): void {
    attempt.isDecided = true;
    this.#decided++;
    if (this.#decided > MAX_DECIDED) this.#forgetFirst();
  }

  #forgetFirst(): void {
    const attempt = this.#attempts.first;
    if (attempt === undefined) return;
    const { firstBases } = attempt;
    for (let i = 0; i < firstBases.length; i++) {
      const base = firstBases[i] as AskedName;
      if (base.attempt !== attempt) continue;
      base.attempt = null;
      base.client.attempts--;
    }
    this.#attempts.shift();
    this.#decided--;
  }

  /** Whether any search form of what was asked has been answered meanwhile. */
  #wasAnswered(attempt: Attempt): boolean {
    const since = attempt.lookup.queryMicros - ANSWER_BEFORE_MICROS;
    if (attempt.wasAnswered(since)) return true;
    const client = attempt.firstBases[0]?.client;
    if (client === undefined) return false;
    return attempt.forms.some((name) => !this.#names.isInCluster(name) && isAnyAnswered(client, name, since));
  }
}

function isAnyAnswered(client: AskingClient, name: string, sinceMicros: number): boolean {
  return labelPrefixes(name).some((prefix) => (client.names.get(prefix)?.answeredMicros ?? NEVER) >= sinceMicros);
}
