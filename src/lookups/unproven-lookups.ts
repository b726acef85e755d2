import type { Lookup } from "../model/lookup.ts";
import { DNS_ANSWER_MICROS } from "../model/waiting-times.ts";
import { decidedMicros } from "./lookup-summary.ts";

/** Questions within five seconds. */
const MAX_UNPROVEN = 1_024;

interface Question {
  /** When the latest unproven lookup of it was answered. */
  micros: number;
  /** When the forwarder last answered it; -∞: not yet. */
  answeredMicros: number;
}

/**
 * Lookups that a DNS forwarder may have sent which had not answered any query before: its answer to the equal question, at most
 * five seconds later, shows that it did.
 */
export class UnprovenLookups {
  /** By server, type and name; the oldest first. */
  readonly #questions = new Map<string, Question>();

  /** Call it for each lookup, in order of arrival. */
  arrived(lookup: Lookup): void {
    const { enclosingServer, isAsked, responder, answerMicros, name, type } = lookup;
    if (this.#questions.size > 0 && isAsked && responder !== null && answerMicros !== null) {
      const question = this.#questions.get(keyOf(responder.address, type, name));
      if (question !== undefined) question.answeredMicros = Math.max(question.answeredMicros, answerMicros);
    }
    if (lookup.isUnproven && enclosingServer !== null) this.#add(keyOf(enclosingServer, type, name), lookup);
  }

  /** Whether the forwarder has answered the equal question after this lookup. */
  isAnswered(lookup: Lookup): boolean {
    const { enclosingServer, name, type } = lookup;
    if (enclosingServer === null) return false;
    const sinceMicros =
      (this.#questions.get(keyOf(enclosingServer, type, name))?.answeredMicros ?? Number.NaN) - decidedMicros(lookup);
    return sinceMicros >= 0 && sinceMicros <= DNS_ANSWER_MICROS;
  }

  #add(key: string, lookup: Lookup): void {
    const micros = decidedMicros(lookup);
    const questions = this.#questions;
    // An answer of long ago, or before the clock was set back, is none.
    questions.delete(key);
    questions.set(key, { micros, answeredMicros: Number.NEGATIVE_INFINITY });
    for (const [oldest, question] of questions) {
      if (questions.size <= MAX_UNPROVEN && Math.abs(micros - question.micros) <= DNS_ANSWER_MICROS) return;
      questions.delete(oldest);
    }
  }
}

function keyOf(server: string, type: number, name: string): string {
  return `${server} ${type} ${name}`;
}
