/**
 * telemetry: information about wirespan itself, from all stages of the pipeline: messages (log), counters (stats), health and
 * metrics. Time is passed in.
 */

/** At most one message of each kind in this time, so that a minute of trouble is a handful of lines with totals. */
const INTERVAL_MILLIS = 30_000;

interface Kind {
  writtenMillis: number;
  suppressed: number;
  lastLine: string;
}

/**
 * Writes messages, at most one of each kind in an interval. The next message of a kind, or the end, includes the number of
 * suppressed ones. The kinds are a closed set of the caller, so memory is bounded.
 */
export class RateLimitedLog {
  readonly #print: (line: string) => void;
  readonly #nowMillis: () => number;
  readonly #kinds = new Map<string, Kind>();

  constructor(print: (line: string) => void, nowMillis: () => number) {
    this.#print = print;
    this.#nowMillis = nowMillis;
  }

  write(kind: string, line: string): void {
    const now = this.#nowMillis();
    const known = this.#kinds.get(kind);
    if (known !== undefined && now - known.writtenMillis < INTERVAL_MILLIS) {
      known.suppressed++;
      known.lastLine = line;
      return;
    }
    this.#print(withTotal(line, known?.suppressed ?? 0));
    this.#kinds.set(kind, { writtenMillis: now, suppressed: 0, lastLine: line });
  }

  /** To be called regularly: writes the last suppressed message of a kind once its interval is over. */
  tick(): void {
    const now = this.#nowMillis();
    for (const kind of this.#kinds.values()) {
      if (kind.suppressed === 0 || now - kind.writtenMillis < INTERVAL_MILLIS) continue;
      this.#print(withTotal(kind.lastLine, kind.suppressed - 1));
      kind.writtenMillis = now;
      kind.suppressed = 0;
    }
  }

  /** Writes the last suppressed message of each kind. */
  flush(): void {
    for (const kind of this.#kinds.values()) {
      if (kind.suppressed > 0) this.#print(withTotal(kind.lastLine, kind.suppressed - 1));
      kind.suppressed = 0;
    }
  }
}

function withTotal(line: string, suppressed: number): string {
  return suppressed === 0 ? line : `${line} (and ${suppressed} more of this kind since the last line)`;
}
