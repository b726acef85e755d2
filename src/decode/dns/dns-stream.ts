import { deliverWhole, isWholeMessages, LENGTH_PREFIX, type MessageHandler } from "./dns-framing.ts";

/** A range of the stream that was captured before the bytes that precede it. */
interface Piece {
  readonly sequence: number;
  readonly length: number;
  /** Null if its messages were delivered. */
  readonly bytes: Uint8Array | null;
}

const MAX_PIECES = 512;

/** One direction of a DNS-over-TCP connection: reorders its bytes and splits them into messages. */
export class DnsStream {
  /** Sequence number of the next message. */
  #next: number;
  /** In order, without overlaps. */
  #pieces: Piece[] = [];
  heldBytes = 0;
  readonly #deliver: MessageHandler;

  constructor(next: number, deliver: MessageHandler) {
    this.#next = next;
    this.#deliver = deliver;
  }

  /** Bytes from the next message to `sequence`; negative for bytes before it. */
  distance(sequence: number): number {
    return (sequence - this.#next) | 0;
  }

  /**
   * Accepts a segment of `length` bytes, of which those from `start` to `end` were captured, and delivers the messages that
   * it completes. False if too many pieces wait.
   */
  accept(view: DataView, start: number, end: number, sequence: number, length: number): boolean {
    const distance = this.distance(sequence);
    if (distance + length <= 0) return true;
    const repeated = Math.max(0, -distance);
    const from = Math.min(start + repeated, end);
    const fromSequence = (sequence + repeated) | 0;
    if (distance <= 0 && this.#pieces.length === 0) {
      this.#acceptNext(view, from, end, length - repeated);
    } else if (end - start === length) {
      this.#insert(view, from, end, fromSequence);
      this.#drain();
    }
    return this.#pieces.length <= MAX_PIECES;
  }

  /** Drops the bytes that wait for others. */
  drop(): void {
    this.#pieces = [];
    this.heldBytes = 0;
  }

  /** The usual case: the next bytes, and no pieces wait. */
  #acceptNext(view: DataView, start: number, end: number, length: number): void {
    const taken = deliverWhole(view, start, end, this.#deliver);
    const rest = end - start - taken;
    this.#next = (this.#next + taken) | 0;
    if (end - start === length) {
      if (rest > 0) this.#hold(0, this.#next, view, end - rest, end);
      return;
    }
    // The capture truncated the segment. The question of the truncated message may be complete. The next message begins at
    // the end of this one by its length prefix; without that, at the next segment.
    const at = end - rest;
    const messageLength = rest >= LENGTH_PREFIX ? LENGTH_PREFIX + view.getUint16(at) : 0;
    if (rest > LENGTH_PREFIX) this.#deliver(view, at + LENGTH_PREFIX, end, false);
    this.#next = (this.#next + Math.max(messageLength, length - taken)) | 0;
  }

  /** Keeps the new bytes of a segment that is out of order. */
  #insert(view: DataView, start: number, end: number, sequence: number): void {
    // Whole messages do not wait for missing bytes before them.
    const isDelivered =
      this.distance(sequence) > 0 && this.#isFree(sequence, end - start) && isWholeMessages(view, start, end);
    if (isDelivered) deliverWhole(view, start, end, this.#deliver);
    let at = start;
    let index = 0;
    while (at < end) {
      const piece = this.#pieces[index];
      const atSequence = (sequence + (at - start)) | 0;
      const gap = piece === undefined ? end - at : Math.min(end - at, (piece.sequence - atSequence) | 0);
      if (gap > 0) {
        if (isDelivered) this.#pieces.splice(index, 0, { sequence: atSequence, length: gap, bytes: null });
        else this.#hold(index, atSequence, view, at, at + gap);
        index += 1;
        at += gap;
      }
      if (piece === undefined) return;
      at = Math.max(at, start + ((piece.sequence + piece.length - sequence) | 0));
      index += 1;
    }
  }

  #isFree(sequence: number, length: number): boolean {
    return this.#pieces.every((piece) => {
      const distance = (piece.sequence - sequence) | 0;
      return distance >= length || distance + piece.length <= 0;
    });
  }

  #hold(index: number, sequence: number, view: DataView, start: number, end: number): void {
    const length = end - start;
    const bytes = new Uint8Array(view.buffer, view.byteOffset + start, length).slice();
    this.#pieces.splice(index, 0, { sequence, length, bytes });
    this.heldBytes += length;
  }

  /** Delivers the messages that are complete. */
  #drain(): void {
    for (let first = this.#pieces[0]; first !== undefined; first = this.#pieces[0]) {
      if (this.distance(first.sequence) !== 0) return;
      if (first.bytes === null) {
        this.#pieces.shift();
        this.#next = (this.#next + first.length) | 0;
        continue;
      }
      const run = this.#runAtFront();
      const runLength = run.reduce((sum, bytes) => sum + bytes.length, 0);
      const after = this.#pieces[run.length];
      const isMessageEnd = after !== undefined && this.distance(after.sequence) === runLength;
      if (!isMessageEnd && runLength < neededLength(run)) return;
      const joined = new Uint8Array(Buffer.concat(run));
      const view = new DataView(joined.buffer);
      // Before a message that was delivered, the rest of the bytes is not a message.
      const whole = deliverWhole(view, 0, runLength, this.#deliver);
      const taken = isMessageEnd ? runLength : whole;
      this.#pieces.splice(0, run.length);
      this.heldBytes -= runLength;
      this.#next = (this.#next + taken) | 0;
      if (taken < runLength) this.#hold(0, this.#next, view, taken, runLength);
    }
  }

  /** Bytes of the contiguous pieces from the first one. */
  #runAtFront(): Uint8Array[] {
    const run: Uint8Array[] = [];
    let distance = 0;
    for (const piece of this.#pieces) {
      if (piece.bytes === null || this.distance(piece.sequence) !== distance) break;
      run.push(piece.bytes);
      distance += piece.length;
    }
    return run;
  }
}

/** Length of the message that begins with these pieces, with its prefix; infinity while the prefix is incomplete. */
function neededLength(run: readonly Uint8Array[]): number {
  const high = run[0]?.[0];
  const low = run[0]?.[1] ?? run[1]?.[0];
  return high === undefined || low === undefined ? Number.POSITIVE_INFINITY : LENGTH_PREFIX + ((high << 8) | low);
}
