import type { Lookup } from "../model/lookup.ts";
import { DNS_ANSWER_MICROS } from "../model/waiting-times.ts";
import { decidedMicros } from "./lookup-summary.ts";

/** Of one node, within five seconds. */
const MAX_UNPROVEN = 1_024;

interface Unproven {
  readonly clientId: string;
  /** When the latest of them was answered. */
  readonly micros: number;
}

/**
 * Lookups with the addresses of a node that a DNS forwarder may have sent which had not answered any query before: each
 * waits for the forwarder's answer to the equal question.
 */
export class UnprovenLookups {
  readonly #withdraw: (clientId: string, name: string, micros: number) => void;
  /** By server, type and name; the oldest first. */
  readonly #waiting = new Map<string, Unproven>();

  /** `withdraw`: all lookups of the name that were answered up to this time are the forwarder's. */
  constructor(withdraw: (clientId: string, name: string, micros: number) => void) {
    this.#withdraw = withdraw;
  }

  add(clientId: string, lookup: Lookup): void {
    const { enclosingServer, name, type } = lookup;
    if (enclosingServer === null) return;
    const micros = decidedMicros(lookup);
    const waiting = this.#waiting;
    const key = keyOf(enclosingServer, type, name);
    waiting.delete(key);
    waiting.set(key, { clientId, micros });
    for (const [oldest, value] of waiting) {
      if (waiting.size <= MAX_UNPROVEN && value.micros + DNS_ANSWER_MICROS > micros) return;
      waiting.delete(oldest);
    }
  }

  /** Call it for each lookup: it may be the equal question, answered by the forwarder. */
  answered({ isAsked, responder, answerMicros, name, type }: Lookup): void {
    if (this.#waiting.size === 0 || !isAsked || responder === null || answerMicros === null) return;
    const key = keyOf(responder.address, type, name);
    const unproven = this.#waiting.get(key);
    if (unproven === undefined) return;
    this.#withdraw(unproven.clientId, name, answerMicros);
    if (unproven.micros <= answerMicros) this.#waiting.delete(key);
  }
}

function keyOf(server: string, type: number, name: string): string {
  return `${server} ${type} ${name}`;
}
