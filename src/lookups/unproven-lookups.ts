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
    if (this.#questions.size === 0 && !lookup.isUnproven) return;
    const { enclosingServer, isAsked, responder, answerMicros, name, type } = lookup;
    const micros = decidedMicros(lookup);
    this.#forget(micros);
    if (isAsked && responder !== null && answerMicros !== null) {
      const question = this.#questions.get(keyOf(responder.address, type, name));
      if (question !== undefined) question.answeredMicros = Math.max(question.answeredMicros, answerMicros);
    }
    if (!lookup.isUnproven || enclosingServer === null) return;
    const key = keyOf(enclosingServer, type, name);
    this.#questions.delete(key);
    this.#questions.set(key, { micros, answeredMicros: Number.NEGATIVE_INFINITY });
  }

  /** Whether the forwarder has answered the equal question after this lookup. */
  isAnswered(lookup: Lookup): boolean {
    const { enclosingServer, name, type } = lookup;
    if (enclosingServer === null) return false;
    const question = this.#questions.get(keyOf(enclosingServer, type, name));
    return question !== undefined && question.answeredMicros >= decidedMicros(lookup);
  }

  /** Questions that wait for an answer, or for the lookups that it decides. */
  get size(): number {
    return this.#questions.size;
  }

  /** What is too old, or later than now since the clock was set back, and what is too much. */
  #forget(nowMicros: number): void {
    for (const [oldest, { micros }] of this.#questions) {
      if (this.#questions.size < MAX_UNPROVEN && Math.abs(nowMicros - micros) <= DNS_ANSWER_MICROS) return;
      this.#questions.delete(oldest);
    }
  }
}

function keyOf(server: string, type: number, name: string): string {
  return `${server} ${type} ${name}`;
}
