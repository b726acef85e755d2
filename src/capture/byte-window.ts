/**
 * Puts up to `length` further bytes of the input into `into` from `at` and returns how many; 0 at the end.
 * May throw `CaptureError`.
 */
export type ReadBytes = (into: Uint8Array, at: number, length: number) => number;

/** Bytes read at first; then twice as many each time. */
const FIRST_PORTION = 8 << 10;

/** What has just been read is still in the processor's second cache when its packets are looked at. */
const LARGEST_PORTION = 128 << 10;

/** A file's bytes through one reused buffer: what is visible lies in `bytes` from `start` to `end`. */
export class ByteWindow {
  readonly bytes: Uint8Array;
  /** Over the same buffer as `bytes`. */
  readonly view: DataView;
  start = 0;
  end = 0;
  private readonly read: ReadBytes;
  private isAtEnd = false;
  /**
   * Small at first, so that the way through `fill` is well trodden when the compiler optimises the loop over the packets:
   * code that meets it later is thrown away and compiled anew.
   */
  private portion = FIRST_PORTION;

  constructor(read: ReadBytes, capacity: number) {
    const buffer = new ArrayBuffer(capacity);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.read = read;
  }

  /**
   * Makes the next `length` bytes visible; false where the input ends before. `length` is at most the capacity.
   * Moves bytes: offsets taken before are void.
   */
  has(length: number): boolean {
    return this.end - this.start >= length || this.fill(length);
  }

  /** Leaves `length` bytes behind, more than the capacity too; false where the input ends before. */
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

  private fill(length: number): boolean {
    if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    while (this.end < length && !this.isAtEnd) {
      const room = this.bytes.length - this.end;
      const count = this.read(this.bytes, this.end, this.portion < room ? this.portion : room);
      if (this.portion < LARGEST_PORTION) this.portion *= 2;
      if (count === 0) this.isAtEnd = true;
      this.end += count;
    }
    return this.end >= length;
  }
}
