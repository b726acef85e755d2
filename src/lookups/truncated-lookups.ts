import { RecycledRing } from "../bounded/recycled-ring.ts";
import { Rcode } from "../model/dns-message.ts";
import type { Lookup } from "../model/lookup.ts";
import { FIRST_FACT_MICROS, SEARCH_FORMS_MICROS } from "../model/waiting-times.ts";
import type { ResolvedName } from "./address-names.ts";
import type { Question } from "./asked-names.ts";
import type { FailedLookup } from "./failed-lookups.ts";
import { RetainedLookup } from "./retained-lookup.ts";
import { type TypeSet, typeSet } from "./search-attempt.ts";
import { SAME_ASKING_MICROS } from "./unused-lookups.ts";

/** An answer that did not fit its message. Used again for another one after it is decided. */
export class TruncatedLookup {
  readonly lookup = new RetainedLookup();
  question: Question | null = null;
  /** Which of A and AAAA have a truncated answer. */
  types: TypeSet = 0;
  isNameError = false;
  /** A whole answer has come, or the client has gone on with what was whole of this one. */
  isSettled = false;
}

const MAX_PENDING = 16_384;
/** A whole answer, or a SYN, comes this soon; the SYN's first fact may come after it. */
const UNSETTLED_MICROS = SEARCH_FORMS_MICROS + FIRST_FACT_MICROS;
/** At the end of a capture: who has asked over TCP at once has its answer by then, if any comes. */
const CUT_SHORT_MICROS = 1_000_000;

/**
 * Truncated answers. A resolver asks again over TCP then (RFC 7766), or goes on with the records that are whole (musl
 * before 1.2.4). Where neither a whole answer comes nor a connection to what there was, the lookup has failed: TCP is
 * blocked.
 */
export class TruncatedLookups {
  readonly #emit: (failed: FailedLookup) => void;
  readonly #pending = new RecycledRing(() => new TruncatedLookup());
  #nowMicros = Number.NEGATIVE_INFINITY;
  /** Answers forgotten undecided, for want of room. */
  evicted = 0;

  constructor(emit: (failed: FailedLookup) => void) {
    this.#emit = emit;
  }

  add(question: Question, lookup: Lookup): void {
    const { resolution, truncated } = question;
    // Of A and AAAA, or of two servers, one has given addresses: that is an answer.
    const isAnswered =
      resolution !== null && Math.abs(resolution.lookup.queryMicros - lookup.queryMicros) <= SAME_ASKING_MICROS;
    if (isAnswered) return;
    const types = typeSet(lookup.type);
    // What the resolver repeats belongs to the same lookup.
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
    pending.question = question;
    pending.types = types;
    pending.isNameError = lookup.rcode === Rcode.nameError;
    pending.isSettled = false;
    question.truncated = pending;
  }

  /** A whole answer to the question has come, or none in time. */
  answered({ truncated }: Question, { type, rcode, addresses }: Lookup): void {
    if (truncated === null) return;
    const isSameType = (truncated.types & typeSet(type)) !== 0;
    if (rcode === Rcode.noError) truncated.isSettled ||= isSameType || addresses.length > 0;
    else if (rcode === Rcode.nameError) truncated.isSettled ||= isSameType && truncated.isNameError;
  }

  /** The client has connected to what the name had resolved to, by this answer or a later one. */
  connected(truncated: TruncatedLookup, { answerMicros }: ResolvedName): void {
    if (answerMicros >= truncated.lookup.decidedMicros) truncated.isSettled = true;
  }

  advance(nowMicros: number): void {
    this.#nowMicros = nowMicros;
    this.#decideUntil(nowMicros - UNSETTLED_MICROS);
  }

  /** No more facts: a whole answer may have come just after the end. */
  finish(): void {
    this.#decideUntil(this.#nowMicros - CUT_SHORT_MICROS);
    while (this.#pending.size > 0) this.#forgetFirst();
  }

  #decideUntil(micros: number): void {
    for (let next = this.#pending.first; next !== undefined; next = this.#pending.first) {
      if (next.lookup.decidedMicros > micros) return;
      if (!next.isSettled) this.#fail(next);
      this.#forgetFirst();
    }
  }

  #fail({ question, lookup }: TruncatedLookup): void {
    if (question === null) return;
    const { client, name, bases } = question;
    this.#emit({
      type: "failed",
      namespace: client.namespace,
      lookup,
      forms: [name],
      bases: bases.map((base) => base.name),
      outcome: "try_again",
    });
  }

  #forgetFirst(): void {
    const { first } = this.#pending;
    if (first === undefined) return;
    if (first.question?.truncated === first) first.question.truncated = null;
    first.question = null;
    this.#pending.shift();
  }
}
