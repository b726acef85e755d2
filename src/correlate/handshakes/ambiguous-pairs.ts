import { NO_RECORD } from "../../bounded/records.ts";
import { Direction } from "../../model/packet.ts";
import type { TcpSegment } from "../../model/tcp-segment.ts";
import { NAT_JOIN_MICROS } from "../../model/waiting-times.ts";
import type { HandshakeCounters } from "./handshake-counters.ts";
import { HandshakeFlag } from "./handshake-flag.ts";
import type { HandshakeTable } from "./handshake-table.ts";

const { isUntranslatedReset, isLaterOfPair, hasLeftNode } = HandshakeFlag;

/**
 * Pairs of attempts that may be one SYN before and after NAT, or two SYNs of a packet generator. Both came within 20 ms
 * from one client with equal sequence numbers and fingerprints, and their directions do not decide: both were incoming,
 * or the capture has no directions. They remain two attempts unless later packets show that they are one.
 */
export class AmbiguousPairs {
  readonly #table: HandshakeTable;
  readonly #counters: HandshakeCounters;

  constructor(table: HandshakeTable, counters: HandshakeCounters) {
    this.#table = table;
    this.#counters = counters;
  }

  add(record: number, later: number): void {
    const table = this.#table;
    table.setCounterpart(record, later);
    table.setCounterpart(later, record);
    table.setFlag(later, isLaterOfPair, true);
    table.setFlag(later, hasLeftNode, false);
  }

  /** They are two attempts. Call it for every attempt that ends. */
  separate(record: number): void {
    const table = this.#table;
    const other = table.counterpart(record);
    if (other === NO_RECORD) return;
    this.#counters.natTuplesRejected++;
    for (const each of [record, other]) {
      table.setCounterpart(each, NO_RECORD);
      table.setFlag(each, isLaterOfPair, false);
    }
  }

  /**
   * Another sighting of the SYN of `record`, one of a pair. NAT lets only the later SYN go on; if the first one does,
   * they are two.
   */
  addSighting(record: number, segment: TcpSegment): void {
    const table = this.#table;
    if (!table.hasFlag(record, isLaterOfPair)) this.separate(record);
    else if (segment.direction === Direction.outgoing) table.setFlag(record, hasLeftNode, true);
  }

  /** Merges the pair where only the later SYN left the node, which shows NAT. Returns the attempt that remains. */
  resolve(record: number): number {
    const table = this.#table;
    const other = table.counterpart(record);
    if (other === NO_RECORD) return record;
    const isLater = table.hasFlag(record, isLaterOfPair);
    const later = isLater ? record : other;
    return table.hasFlag(later, hasLeftNode) ? this.#merge(isLater ? other : record, later) : record;
  }

  /**
   * Returns the attempt that an answer to `record` decides. NO_RECORD where NAT may still translate the answer back; an
   * outgoing one is final.
   */
  resolveAnswered(record: number, answer: TcpSegment, isReset: boolean): number {
    const table = this.#table;
    const other = table.counterpart(record);
    if (other === NO_RECORD) return record;
    if (!table.hasFlag(record, isLaterOfPair)) {
      return this.#isSameAnswer(other, answer, isReset) ? this.#merge(record, other) : this.resolve(record);
    }
    if (answer.direction === Direction.outgoing) return record;
    table.setUntranslatedAnswer(record, answer.timeMicros, answer.sequence, isReset);
    return NO_RECORD;
  }

  /**
   * Returns the attempt that a retransmission belongs to. TCP stacks give a retransmission a new fingerprint, so
   * attempts that both got the same new one are one; packet generators keep the old one.
   */
  resolveRetransmitted(record: number, timeMicros: number, fingerprint: number): number {
    const table = this.#table;
    const other = table.counterpart(record);
    if (other === NO_RECORD || !table.hasFlag(record, isLaterOfPair)) return this.resolve(record);
    const sinceOther = timeMicros - table.lastSynMicros(other);
    const isTogether = Math.abs(sinceOther) <= NAT_JOIN_MICROS && table.fingerprint(other) === fingerprint;
    const isNew = table.fingerprint(record) !== fingerprint;
    return isTogether && isNew ? this.#merge(other, record) : this.resolve(record);
  }

  /** Whether the answer is the one that `later` got, translated back. */
  #isSameAnswer(later: number, answer: TcpSegment, isReset: boolean): boolean {
    const table = this.#table;
    const answerMicros = table.untranslatedAnswerMicros(later);
    return (
      answerMicros > 0 &&
      Math.abs(answer.timeMicros - answerMicros) <= NAT_JOIN_MICROS &&
      table.answerSequence(later) === answer.sequence &&
      table.hasFlag(later, isUntranslatedReset) === isReset
    );
  }

  #merge(record: number, later: number): number {
    this.#counters.natTuplesJoined++;
    this.#table.setCounterpart(record, NO_RECORD);
    this.#table.setCounterpart(later, NO_RECORD);
    this.#table.merge(record, later);
    return record;
  }
}
