import { type Random, seededRandom } from "../../../scripts/bench/random.ts";

/** Random choices from a seed. */
export class Choice {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  below(count: number): number {
    return this.#random.below(count);
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.#random.below(times) === 0;
  }

  of<T>(items: readonly T[]): T {
    const item = items[this.#random.below(items.length)];
    if (item === undefined) throw new Error("nothing to choose from");
    return item;
  }

  /** Each of them or not. */
  some<T>(items: readonly T[]): T[] {
    return items.filter(() => this.once(2));
  }
}
