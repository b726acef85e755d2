/**
 * telemetry: what wirespan says of itself, beside the pipeline and fed by all of it: lines for a person (log) and
 * counters for a program (stats). Knows no other stage; time is passed in.
 */

/** One line in this time of each kind; a minute of trouble is then a handful of lines, with totals. */
const INTERVAL_MILLIS = 30_000;

interface Kind {
  saidMillis: number;
  heldBack: number;
  lastLine: string;
}

/**
 * Says lines, each kind of line at most once in an interval; what was held back is told as a number by the next line
 * of its kind, or at the end. Kinds are a closed set of the caller, so nothing grows.
 */
export class RateLimitedLog {
  readonly #write: (line: string) => void;
  readonly #nowMillis: () => number;
  readonly #kinds = new Map<string, Kind>();

  constructor(write: (line: string) => void, nowMillis: () => number) {
    this.#write = write;
    this.#nowMillis = nowMillis;
  }

  say(kind: string, line: string): void {
    const now = this.#nowMillis();
    const known = this.#kinds.get(kind);
    if (known !== undefined && now - known.saidMillis < INTERVAL_MILLIS) {
      known.heldBack++;
      known.lastLine = line;
      return;
    }
    this.#write(withTotal(line, known?.heldBack ?? 0));
    this.#kinds.set(kind, { saidMillis: now, heldBack: 0, lastLine: line });
  }

  /** Called now and then: says the last line that was held back, once its interval is over. */
  tick(): void {
    const now = this.#nowMillis();
    for (const kind of this.#kinds.values()) {
      if (kind.heldBack === 0 || now - kind.saidMillis < INTERVAL_MILLIS) continue;
      this.#write(withTotal(kind.lastLine, kind.heldBack - 1));
      kind.saidMillis = now;
      kind.heldBack = 0;
    }
  }

  /** Says what is still held back: the last line of each kind. */
  flush(): void {
    for (const kind of this.#kinds.values()) {
      if (kind.heldBack > 0) this.#write(withTotal(kind.lastLine, kind.heldBack - 1));
      kind.heldBack = 0;
    }
  }
}

function withTotal(line: string, heldBack: number): string {
  return heldBack === 0 ? line : `${line} (and ${heldBack} more of this kind since the last line)`;
}
