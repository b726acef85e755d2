import { Counter, isIdleAt, type LastSample, type NumberedSample } from "./counter.ts";
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

  /**
   * The next samples of the counters, each sorted by time. A page may begin with the last samples of the one before.
   * `sumChanges`: times at which the sum of durations of a counter changed, for those that may have begun again.
   */
  addPage(
    page: ReadonlyMap<string, readonly Sample[]>,
    fromSeconds: number,
    sumChanges: ReadonlyMap<string, readonly number[]>,
  ): void {
    const before = this.#times.last;
    const numbered = this.#number(page);
    this.#findRestarts(numbered, before);
    for (const [key, samples] of numbered) {
      const counter = this.#counterOf(key);
      const changes = sumChanges.get(key);
      const changed = new Set(changes?.map((seconds) => this.#times.numberNear(seconds)));
      for (const sample of samples) {
        counter.add(sample, fromSeconds, this.#isRestarted, changed.has(sample.write));
      }
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
    /** For each write since `before`: counters that are lower or absent in the next one, less those that go on. */
    const evidence = new Int32Array(this.#times.last - before + 1);
    for (const [key, { last: known }] of this.#counters) {
      if (!page.has(key) && known?.write === before && !isIdleAt(known.seconds, known.sinceSeconds))
        add(evidence, 0, 1);
    }
    for (const [key, samples] of page) addEvidence(evidence, samples, this.#counters.get(key)?.last ?? null, before);
    // A counter that is absent after the last write may be in the next page.
    for (let i = 0; i < evidence.length - 1; i++) {
      if ((evidence[i] ?? 0) > 0 && before + i >= 0) this.#restarts.add(before + i);
    }
  }
}

function add(evidence: Int32Array, at: number, weight: number): void {
  evidence[at] = (evidence[at] ?? 0) + weight;
}

/** `known`: the last sample of the counter before the page. */
function addEvidence(
  evidence: Int32Array,
  samples: readonly NumberedSample[],
  known: LastSample | null,
  before: number,
): void {
  let last: NumberedSample | null = known;
  let since = known?.sinceSeconds ?? 0;
  for (const next of samples) {
    if (last !== null && last.write >= before && !isIdleAt(last.seconds, since)) {
      const goesOn = next.write === last.write + 1 && next.value >= last.value;
      add(evidence, last.write - before, goesOn ? -1 : 1);
    }
    if (last?.value !== next.value) since = next.seconds;
    last = next;
  }
  if (last !== null && last.write >= before && !isIdleAt(last.seconds, since)) add(evidence, last.write - before, 1);
}
