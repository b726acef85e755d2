const FIRST_CAPACITY = 1_024;

/**
 * Facts in order of arrival, each with the time from which it can be decided and its deadline. Most facts leave soon,
 * so times are in rings of numbers instead of an object for each fact. The owner bounds it by `size`.
 */
export class ArrivalQueue<T> {
  #facts: (T | undefined)[] = new Array(FIRST_CAPACITY);
  #readyMicros = new Float64Array(FIRST_CAPACITY);
  #deadlineMicros = new Float64Array(FIRST_CAPACITY);
  #head = 0;
  #size = 0;
  /** No deadline in the queue is earlier; exact after `takeDue` until the next removal. */
  #earliestDeadline = Number.POSITIVE_INFINITY;

  /** Deadline of the fact that was removed last. */
  takenDeadlineMicros = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#size;
  }

  push(fact: T, readyMicros: number, deadlineMicros: number): void {
    if (this.#size === this.#facts.length) this.#grow();
    const at = (this.#head + this.#size++) & (this.#facts.length - 1);
    this.#facts[at] = fact;
    this.#readyMicros[at] = readyMicros;
    this.#deadlineMicros[at] = deadlineMicros;
    if (deadlineMicros < this.#earliestDeadline) this.#earliestDeadline = deadlineMicros;
  }

  /** Removes the first fact if it can be decided at `nowMicros`. */
  shift(nowMicros = Number.POSITIVE_INFINITY): T | undefined {
    const head = this.#head;
    if (this.#size === 0 || (this.#readyMicros[head] as number) > nowMicros) return undefined;
    const fact = this.#facts[head];
    this.#facts[head] = undefined;
    this.takenDeadlineMicros = this.#deadlineMicros[head] as number;
    this.#head = (head + 1) & (this.#facts.length - 1);
    if (--this.#size === 0) this.#earliestDeadline = Number.POSITIVE_INFINITY;
    return fact;
  }

  /** Removes the facts with a passed deadline, although they or facts before them cannot be decided yet. */
  takeDue(nowMicros: number): T[] {
    if (this.#earliestDeadline > nowMicros) return [];
    const due: T[] = [];
    const count = this.#size;
    this.#earliestDeadline = Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const readyMicros = this.#readyMicros[this.#head] ?? 0;
      const fact = this.shift() as T;
      if (this.takenDeadlineMicros <= nowMicros) due.push(fact);
      else this.push(fact, readyMicros, this.takenDeadlineMicros);
    }
    return due;
  }

  #grow(): void {
    const { length } = this.#facts;
    const order = Array.from({ length }, (_, i) => (this.#head + i) & (length - 1));
    const ready = new Float64Array(2 * length);
    const deadlines = new Float64Array(2 * length);
    ready.set(order.map((at) => this.#readyMicros[at] ?? 0));
    deadlines.set(order.map((at) => this.#deadlineMicros[at] ?? 0));
    this.#facts = [...order.map((at) => this.#facts[at]), ...new Array<undefined>(length)];
    this.#readyMicros = ready;
    this.#deadlineMicros = deadlines;
    this.#head = 0;
  }
}
