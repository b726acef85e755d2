import type { Endpoint, OtherAnswer } from "../model/connection.ts";
import { FactStreamError } from "../model/errors.ts";
import { MAX_MICROS } from "./record-layout.ts";

/** The same, if it is a time. All comparisons with NaN are false. */
export function timeOf(micros: number): number {
  if (micros >= 0 && micros <= MAX_MICROS) return micros;
  throw new FactStreamError(`the time ${micros} in the sensor's stream`);
}

/** Longer than any attempt waits for an answer. */
const MAX_OTHER_ANSWER_MICROS = 0x3fffffff;

/** `micros`, and whether the answer is a reset, in one word that is not 0. */
export function otherAnswerWord(micros: number, isReset: boolean): number {
  return (Math.min(Math.max(0, Math.trunc(micros)), MAX_OTHER_ANSWER_MICROS - 1) + 1) * 2 + Number(isReset);
}

/** The answer of `server` that the word stands for. `startMicros`: of the attempt. */
export function otherAnswer(word: number, server: Endpoint, startMicros: number): OtherAnswer {
  if (word < 2) throw new FactStreamError("an answer before its connection in the sensor's stream");
  const outcome = (word & 1) === 0 ? "established" : "refused";
  return { server, outcome, micros: startMicros + (word >>> 1) - 1 };
}
