/** A line of more is none that anybody reads: a Kubernetes object has 1.5 MB at most. */
export const MAX_LINE_CHARACTERS = 16 * 1024 * 1024;

/** Cuts a text that comes piece by piece into lines. What it holds of the last one is bounded. */
export class LineSplitter {
  readonly #maxCharacters: number;
  #rest = "";
  /** The line in hand was too long: nothing of it is kept until its end. */
  #isSkipping = false;

  constructor(maxCharacters = MAX_LINE_CHARACTERS) {
    this.#maxCharacters = maxCharacters;
  }

  /** The lines that end in this piece. Null stands for one that is too long, as soon as that shows. */
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
