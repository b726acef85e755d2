import { NO_RECORD } from "../../bounded/records.ts";
import { Direction } from "../../model/packet.ts";
import type { TcpSegment } from "../../model/tcp-segment.ts";
import { NAT_JOIN_MICROS } from "../../model/waiting-times.ts";
import type { HandshakeCounters } from "./handshake-counters.ts";
import { HandshakeLayout, HandshakeMark } from "./handshake-layout.ts";
import type { HandshakeTable } from "./handshake-table.ts";

const { lastSynDouble, otherAnswerDouble, answerSequenceAt, fingerprintAt, twinAt } = HandshakeLayout;
const { otherAnswerIsReset, isLaterTwin, hasGoneOut } = HandshakeMark;

/**
 * Twins are two attempts of one client whose SYNs came within 20 ms with all the same that NAT leaves alone, where the
 * frames themselves do not tell whether they are one SYN before and after NAT or two that a tool wrote: both came in, or
 * the capture does not say which way frames went. They stay two unless what follows shows that they are one.
 */
export class Twins {
  readonly #table: HandshakeTable;
  readonly #counters: HandshakeCounters;

  constructor(table: HandshakeTable, counters: HandshakeCounters) {
    this.#table = table;
    this.#counters = counters;
  }

  /** The attempt that both twins are, where only the later one left the node: the first was translated. Else `record`. */
  united(record: number): number {
    const twin = this.#twinOf(record);
    if (twin === NO_RECORD) return record;
    const isLater = this.#table.hasMark(record, isLaterTwin);
    const later = isLater ? record : twin;
    return this.#table.hasMark(later, hasGoneOut) ? this.#unite(isLater ? twin : record, later) : record;
  }

  /**
   * The attempt that an answer with the dialled ends decides; NO_RECORD where it may be one that is not yet translated
   * back. One that goes out as it is will not be.
   */
  answered(record: number, answer: TcpSegment, isReset: boolean): number {
    const table = this.#table;
    const twin = this.#twinOf(record);
    if (twin === NO_RECORD) return record;
    if (!table.hasMark(record, isLaterTwin)) {
      return this.#isSameAnswer(twin, answer, isReset) ? this.#unite(record, twin) : this.united(record);
    }
    if (answer.direction === Direction.outgoing) return record;
    table.noteOtherAnswer(record, answer, isReset);
    return NO_RECORD;
  }

  /**
   * The attempt that a repeated SYN belongs to. Real stacks give a repeat another fingerprint: where both twins have the
   * new one, they are one. A tool's SYNs keep theirs.
   */
  repeated(record: number, timeMicros: number, fingerprint: number): number {
    const { words, doubles } = this.#table;
    const twin = this.#twinOf(record);
    if (twin === NO_RECORD || !this.#table.hasMark(record, isLaterTwin)) return this.united(record);
    const sinceTwin = timeMicros - (doubles[(twin >> 1) + lastSynDouble] ?? 0);
    const isTogether = Math.abs(sinceTwin) <= NAT_JOIN_MICROS && words[twin + fingerprintAt] === fingerprint;
    const isNew = words[record + fingerprintAt] !== fingerprint;
    return isTogether && isNew ? this.#unite(twin, record) : this.united(record);
  }

  #twinOf(record: number): number {
    return this.#table.words[record + twinAt] ?? NO_RECORD;
  }

  /** Whether the answer is the one that was noted of the later twin, now translated back. */
  #isSameAnswer(later: number, answer: TcpSegment, isReset: boolean): boolean {
    const { words, doubles } = this.#table;
    const notedMicros = doubles[(later >> 1) + otherAnswerDouble] ?? 0;
    return (
      notedMicros > 0 &&
      Math.abs(answer.timeMicros - notedMicros) <= NAT_JOIN_MICROS &&
      words[later + answerSequenceAt] === answer.sequence &&
      this.#table.hasMark(later, otherAnswerIsReset) === isReset
    );
  }

  #unite(record: number, later: number): number {
    this.#counters.natTuplesJoined++;
    this.#counters.halfOpen--;
    this.#table.unite(record, later);
    return record;
  }
}
