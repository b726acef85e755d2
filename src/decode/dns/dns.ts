import { hashBytes, mix } from "../../bounded/hash.ts";
import type { DnsMessage } from "../../model/dns-message.ts";
import type { DecodeCounters, IgnoredReason } from "../network/decode-counters.ts";
import { DnsAnswers } from "./dns-answers.ts";
import {
  ANSWER_COUNT_AT,
  DNS_HEADER,
  FLAGS_AT,
  OPCODE,
  QUESTION_COUNT_AT,
  RCODE,
  RESPONSE,
  TRUNCATED,
} from "./dns-header.ts";
import { skipName } from "./dns-name.ts";
import { DnsQuestions, QUESTION_FIXED_BYTES } from "./dns-questions.ts";
import { RecentMessages } from "./recent-messages.ts";

const MAX_MESSAGE_BYTES = 65_535;

/**
 * Decodes DNS messages (RFC 1035 §4.1). Copies of a message are recognized by their bytes. A message without answer records,
 * as most messages in a cluster, is decoded up to its question only.
 */
export class DnsDecoder {
  readonly #counters: DecodeCounters;
  readonly #recent = new RecentMessages();
  readonly #questions = new DnsQuestions();
  readonly #answers: DnsAnswers;

  constructor(counters: DecodeCounters) {
    this.#counters = counters;
    this.#answers = new DnsAnswers(counters, this.#questions);
  }

  /**
   * Decodes the message from `start` to `end` into `message`, except time and addresses. `isWhole` is false if the capture
   * truncated it at `end`. Where a reason is returned, `message` is incomplete.
   */
  read(view: DataView, start: number, end: number, isWhole: boolean, message: DnsMessage): IgnoredReason | null {
    const missing = isWhole ? "malformed" : "truncated";
    if (end - start < DNS_HEADER) return missing;
    if (end - start > MAX_MESSAGE_BYTES) return "malformed";
    const flags = view.getUint16(start + FLAGS_AT);
    message.id = view.getUint16(start);
    message.isResponse = (flags & RESPONSE) !== 0;
    message.isTruncated = (flags & TRUNCATED) !== 0;
    message.rcode = flags & RCODE;
    if (isWhole && this.#recent.recall(view, start, end, message)) {
      if (message.answer === null) return null;
      this.#counters.memoHits += 1;
      if (message.answer.isCut) this.#counters.answersCut += 1;
      return null;
    }
    if ((flags & OPCODE) !== 0) return "dns_opcode";
    const questionCount = view.getUint16(start + QUESTION_COUNT_AT);
    if (questionCount === 0) return "dns_no_question";
    const questions = this.#questions;
    const question = questions.read(view, start + DNS_HEADER, end);
    if (typeof question === "string") return question === "truncated" ? missing : question;
    const questionEnd = questions.end;
    message.question = question;
    message.answer = null;
    if (message.isResponse && view.getUint16(start + ANSWER_COUNT_AT) > 0) {
      const reason = this.#readAnswer(view, start, questionEnd, end, message);
      if (reason !== null) return reason === "truncated" ? missing : reason;
    }
    // Each byte is hashed once: those of the question are included in the question's hash.
    const hash = mix(questions.hash, hashHeader(view, start));
    message.fingerprint = questionEnd === end ? hash : hashBytes(view, questionEnd, end, hash);
    if (isWhole) this.#recent.remember(view, start, end, message);
    return null;
  }

  /** Decodes the answer section. "truncated" if it exceeds `end`. */
  #readAnswer(
    view: DataView,
    start: number,
    questionEnd: number,
    end: number,
    message: DnsMessage,
  ): "malformed" | "truncated" | null {
    const at = skipQuestions(view, questionEnd, end, view.getUint16(start + QUESTION_COUNT_AT) - 1);
    if (at < 0) return "malformed";
    if (at > end) return "truncated";
    const answer = this.#answers.read(view, start, at, end, message);
    if (answer === "truncated" || answer === "malformed") return answer;
    message.answer = answer;
    if (answer?.isCut) this.#counters.answersCut += 1;
    return null;
  }
}

function hashHeader(view: DataView, start: number): number {
  return mix(mix(mix(0, view.getInt32(start)), view.getInt32(start + 4)), view.getInt32(start + 8));
}

/** Offset after `count` more questions, which servers do not answer; -1 or more than `end` as in `skipName`. */
function skipQuestions(view: DataView, start: number, end: number, count: number): number {
  let at = start;
  for (let i = 0; i < count && at <= end; i++) {
    at = skipName(view, at, end);
    if (at < 0) return -1;
    at += QUESTION_FIXED_BYTES;
  }
  return at;
}
