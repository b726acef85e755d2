const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Splits bytes into lines, each without its line break. */
export class LineSplitter {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that end in these bytes, which are valid until the next call; null for one that is too long. */
  *push(bytes: Uint8Array): Generator<Uint8Array | null> {
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      yield this.#line(bytes.subarray(start, end));
      start = end + 1;
    }
    const rest = bytes.subarray(start);
    this.#bytes += rest.length;
    if (this.#bytes > this.#maxBytes) yield null;
    else if (rest.length > 0) this.#pieces.push(new Uint8Array(rest));
  }

  /** What follows the last line break; null if nothing does. */
  end(): Uint8Array | null {
    return this.#bytes === 0 ? null : this.#line(new Uint8Array(0));
  }

  #line(last: Uint8Array): Uint8Array | null {
    const line = this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    this.#bytes = 0;
    if (line.length > this.#maxBytes) return null;
    return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
  }
}
