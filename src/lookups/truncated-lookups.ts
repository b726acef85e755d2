import { RecycledRing } from "../bounded/recycled-ring.ts";
import { Rcode } from "../model/dns-message.ts";
import type { Lookup } from "../model/lookup.ts";
import { FIRST_FACT_MICROS, SEARCH_PATH_MICROS } from "../model/waiting-times.ts";
import type { CaptureGaps } from "./capture-gaps.ts";
import type { FailedLookup } from "./failed-lookups.ts";
import { isBegunBefore, LookupSummary, SAME_CALL_MICROS, type TypeSet, typeSet } from "./lookup-summary.ts";

/** The record of a name that is queried. */
interface TruncatedQuery {
  readonly client: { readonly namespace: string | null };
  readonly name: string;
  readonly candidates: readonly { readonly name: string }[];
  readonly resolved: { readonly lookup: LookupSummary } | null;
  /** Time of the latest answer to a question of the time before the capture; -∞: none. */
  readonly begunBeforeMicros: number;
  /** The latest truncated answer that waits for a complete one. */
  truncated: TruncatedLookup | null;
}

const NONE: TruncatedQuery["candidates"] = [];

/** A truncated answer (TC bit). Objects are reused after they are decided. */
export class TruncatedLookup {
  readonly lookup = new LookupSummary();
  query: TruncatedQuery | null = null;
  /** Of the query: the names that its program may have looked up. The query may lose them before this is decided. */
  candidates = NONE;
  /** Which of A and AAAA have a truncated answer. */
  types: TypeSet = 0;
  isNameError = false;
  /** Whether a complete answer came, or the client used the records of this one. */
  isSettled = false;
}

const MAX_PENDING = 16_384;
/** A complete answer or a SYN comes within the first part; the first fact of the SYN may come after it. */
const UNSETTLED_MICROS = SEARCH_PATH_MICROS + FIRST_FACT_MICROS;

/**
 * Truncated answers. A resolver retries over TCP (RFC 7766), or uses the complete records of the answer (musl before
 * 1.2.4). When neither a complete answer nor a connection to one of the addresses follows, the lookup has failed: TCP
 * is blocked.
 */
export class TruncatedLookups {
  readonly #gaps: CaptureGaps;
  readonly #emit: (failed: FailedLookup) => void;
  readonly #pending = new RecycledRing(() => new TruncatedLookup());
  /** Answers forgotten undecided because the table was full. */
  evicted = 0;
  /** Lookups whose complete answer may have come where packets are missing. */
  undecided = 0;

  constructor(gaps: CaptureGaps, emit: (failed: FailedLookup) => void) {
    this.#gaps = gaps;
    this.#emit = emit;
  }

  add(query: TruncatedQuery, lookup: Lookup): void {
    const { resolved, truncated } = query;
    // The other type, or another server, has returned addresses: the lookup is answered.
    const isAnswered =
      resolved !== null && Math.abs(resolved.lookup.queryMicros - lookup.queryMicros) <= SAME_CALL_MICROS;
    if (isAnswered) return;
    const types = typeSet(lookup.type);
    // A retry of the resolver belongs to the same lookup.
    if (truncated !== null && !truncated.isSettled) {
      truncated.types |= types;
      return;
    }
    if (this.#pending.size >= MAX_PENDING) {
      this.evicted++;
      this.#forgetFirst();
    }
    const pending = this.#pending.add();
    pending.lookup.set(lookup);
    pending.query = query;
    pending.candidates = query.candidates;
    pending.types = types;
    pending.isNameError = lookup.rcode === Rcode.nameError;
    pending.isSettled = false;
    query.truncated = pending;
  }

  /** The query has a complete answer, or none in time. */
  answered({ truncated }: TruncatedQuery, { type, rcode, addresses }: Lookup): void {
    if (truncated === null) return;
    const isSameType = (truncated.types & typeSet(type)) !== 0;
    if (rcode === Rcode.noError) truncated.isSettled ||= isSameType || addresses.length > 0;
    else if (rcode === Rcode.nameError) truncated.isSettled ||= isSameType && truncated.isNameError;
  }

  /** The client connected to an address of the name, from the answer at that time: this one or a later one. */
  connected(truncated: TruncatedLookup, answerMicros: number): void {
    if (answerMicros >= truncated.lookup.decidedMicros) truncated.isSettled = true;
  }

  advance(nowMicros: number): void {
    this.#decideUntil(nowMicros - UNSETTLED_MICROS);
  }

  /** After the last fact. */
  finish(): void {
    this.#decideUntil(Number.POSITIVE_INFINITY);
  }

  #decideUntil(micros: number): void {
    for (let next = this.#pending.first; next !== undefined; next = this.#pending.first) {
      const { decidedMicros } = next.lookup;
      if (decidedMicros > micros) return;
      if (!next.isSettled) {
        const isBegun = next.query !== null && isBegunBefore(next.query, next.lookup);
        if (isBegun || this.#gaps.cutShort(decidedMicros)) this.undecided++;
        else this.#fail(next);
      }
      this.#forgetFirst();
    }
  }

  #fail({ query, candidates, lookup }: TruncatedLookup): void {
    if (query === null) return;
    const { client, name } = query;
    this.#emit({
      type: "failed",
      namespace: client.namespace,
      lookup,
      queries: [name],
      candidates: candidates.map((candidate) => candidate.name),
      outcome: "try_again",
    });
  }

  #forgetFirst(): void {
    const { first } = this.#pending;
    if (first === undefined) return;
    if (first.query?.truncated === first) first.query.truncated = null;
    first.query = null;
    first.candidates = NONE;
    this.#pending.shift();
  }
}
