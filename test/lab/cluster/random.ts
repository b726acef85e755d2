/** Random numbers that a seed repeats. */
export interface Random {
  /** 0 ≤ x < 1. */
  next(): number;
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  pick<T>(from: readonly T[]): T;
  shuffled<T>(from: readonly T[]): T[];
  /** Lower-case letters and digits without those that Kubernetes leaves out of generated names. */
  suffix(length: number): string;
}

const NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** Mulberry32: 32 bits of state are enough for a plan of some hundred actions. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const pick = <T>(from: readonly T[]): T => {
    const chosen = from[between(0, from.length - 1)];
    if (chosen === undefined) throw new RangeError("nothing to pick from");
    return chosen;
  };
  const shuffled = <T>(from: readonly T[]): T[] =>
    from
      .map((item) => ({ item, key: next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item);
  const suffix = (length: number): string => Array.from({ length }, () => pick([...NAME_ALPHABET])).join("");
  return { next, between, pick, shuffled, suffix };
}
