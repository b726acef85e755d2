/**
 * Reads up to `length` bytes of the input into `into` at `at`; returns how many, 0 at the end of the input.
 * Throws `CaptureError` where the input cannot be read.
 */
export type ReadBytes = (into: Uint8Array, at: number, length: number) => number;

/** Size of the first read in bytes; it doubles with each read. */
const FIRST_PORTION = 8 << 10;

/** Fits the L2 cache of the CPU, so that packets are decoded from there. */
const LARGEST_PORTION = 128 << 10;

/** A sliding window over a file: the bytes from `start` to `end` of one reused buffer. */
export class ByteWindow {
  readonly bytes: Uint8Array;
  /** Over the same buffer as `bytes`. */
  readonly view: DataView;
  start = 0;
  end = 0;
  readonly #read: ReadBytes;
  #isAtEnd = false;
  /** Small at first: V8 then sees `fill` run before it optimizes the loop over packets, and need not deoptimize it later. */
  #portion = FIRST_PORTION;

  constructor(read: ReadBytes, capacity: number) {
    const buffer = new ArrayBuffer(capacity);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#read = read;
  }

  /**
   * Makes the next `length` bytes available, at most the capacity; false where the input ends before.
   * Moves bytes, which invalidates offsets.
   */
  has(length: number): boolean {
    return this.end - this.start >= length || this.#fill(length);
  }

  /** Skips `length` bytes, which may exceed the capacity; false where the input ends before. */
  skip(length: number): boolean {
    let rest = length;
    while (rest > this.end - this.start) {
      rest -= this.end - this.start;
      this.start = this.end;
      if (!this.has(1)) return false;
    }
    this.start += rest;
    return true;
  }

  #fill(length: number): boolean {
    if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    while (this.end < length && !this.#isAtEnd) {
      const room = this.bytes.length - this.end;
      const count = this.#read(this.bytes, this.end, this.#portion < room ? this.#portion : room);
      if (this.#portion < LARGEST_PORTION) this.#portion *= 2;
      if (count === 0) this.#isAtEnd = true;
      this.end += count;
    }
    return this.end >= length;
  }
}
