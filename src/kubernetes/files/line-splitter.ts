/** Splits a text that arrives in pieces into lines. Buffers at most `maxCharacters` of an unfinished line. */
export class LineSplitter {
  readonly #maxCharacters: number;
  #rest = "";
  /** The current line is too long: its characters are discarded up to the line end. */
  #isSkipping = false;

  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters;
  }

  /** The lines that end in this piece, and null for each line that exceeds the limit in it. */
  push(piece: string): (string | null)[] {
    const [first = "", ...others] = piece.split("\n");
    const lines: (string | null)[] = [];
    this.#append(first, lines);
    for (const part of others) {
      if (!this.#isSkipping) lines.push(this.#rest);
      this.#rest = "";
      this.#isSkipping = false;
      this.#append(part, lines);
    }
    return lines;
  }

  #append(part: string, lines: (string | null)[]): void {
    if (this.#isSkipping) return;
    this.#rest += part;
    if (this.#rest.length <= this.#maxCharacters) return;
    this.#rest = "";
    this.#isSkipping = true;
    lines.push(null);
  }
}
