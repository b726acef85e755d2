import { Counter, isIdleAt, type NumberedSample } from "./counter.ts";
import { WriteTimes } from "./write-times.ts";

/** A sample: seconds since the Unix epoch and the value. */
export type Sample = readonly [seconds: number, value: number];

type NumberedPage = ReadonlyMap<string, readonly NumberedSample[]>;

/**
 * The counters of one process. A restart resets all of them. A counter that has grown beyond its former value by its next
 * sample does not show that, but the others do.
 */
export class Origin {
  readonly #deletesIdle: boolean;
  readonly #counters = new Map<string, Counter>();
  readonly #times = new WriteTimes();
  /** Numbers of the writes after which the process was restarted. */
  readonly #restarts = new Set<number>();

  constructor(deletesIdle: boolean) {
    this.#deletesIdle = deletesIdle;
  }

  get counters(): ReadonlyMap<string, Counter> {
    return this.#counters;
  }

  /** Number of writes so far. */
  get writes(): number {
    return this.#times.last + 1;
  }

  get restarts(): number {
    return this.#restarts.size;
  }

  /** The value of a counter at a time before the first page. */
  setBaseline(key: string, [seconds, value]: Sample): void {
    this.#counterOf(key).setBaseline({ seconds, value, write: -1 });
  }

  /** The next samples of the counters, each sorted by time. A page may begin with the last samples of the one before. */
  addPage(page: ReadonlyMap<string, readonly Sample[]>, fromSeconds: number): void {
    const before = this.#times.last;
    const numbered = this.#number(page);
    this.#findRestarts(numbered, before);
    for (const [key, samples] of numbered) {
      const counter = this.#counterOf(key);
      for (const sample of samples) counter.add(sample, fromSeconds, this.#isRestarted);
    }
  }

  #counterOf(key: string): Counter {
    let counter = this.#counters.get(key);
    if (counter === undefined) {
      counter = new Counter(this.#deletesIdle);
      this.#counters.set(key, counter);
    }
    return counter;
  }

  /** Leaves out what is known, and numbers the writes. */
  #number(page: ReadonlyMap<string, readonly Sample[]>): NumberedPage {
    const times = new Set<number>();
    const fresh = [...page].map(([key, samples]) => {
      const known = this.#counters.get(key)?.last?.seconds ?? Number.NEGATIVE_INFINITY;
      const left = samples.filter(([seconds]) => seconds > known);
      for (const [seconds] of left) times.add(seconds);
      return [key, left] as const;
    });
    this.#times.addPage(times);
    return new Map(
      fresh.map(([key, samples]) => [
        key,
        samples.map(([seconds, value]) => ({ seconds, value, write: this.#times.numberOf(seconds) })),
      ]),
    );
  }

  readonly #isRestarted = (from: number, to: number): boolean => {
    for (let write = from; this.#restarts.size > 0 && write < to; write++) if (this.#restarts.has(write)) return true;
    return false;
  };

  /** After a restart, more counters are lower or absent than go on. Idle ones, which are deleted anyway, do not count. */
  #findRestarts(page: NumberedPage, before: number): void {
    /** By write: counters that are lower or absent in the next one, less those that go on. */
    const evidence = new Map<number, number>();
    const add = (write: number, weight: number) => evidence.set(write, (evidence.get(write) ?? 0) + weight);
    for (const [key, { last: known }] of this.#counters) {
      if (!page.has(key) && known?.write === before && !isIdleAt(known)) add(before, 1);
    }
    for (const [key, samples] of page) {
      let last = this.#counters.get(key)?.last ?? null;
      for (const next of samples) {
        if (last !== null && last.write >= before && !isIdleAt(last)) {
          add(last.write, next.write === last.write + 1 && next.value >= last.value ? -1 : 1);
        }
        last = { ...next, sinceSeconds: last?.value === next.value ? last.sinceSeconds : next.seconds };
      }
      if (last !== null && last.write >= before && !isIdleAt(last)) add(last.write, 1);
    }
    for (const [write, weight] of evidence) {
      if (weight > 0 && write >= 0 && write < this.#times.last) this.#restarts.add(write);
    }
  }
}
