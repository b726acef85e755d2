/** Random numbers from a seed; the same seed generates the same file. */
export interface Random {
  /** 0 ≤ x < 1. */
  readonly fraction: () => number;
  /** 0 ≤ n < `below`. */
  readonly below: (below: number) => number;
  /** Any 32-bit integer. */
  readonly word: () => number;
}

/** Mulberry32: 32 bits of state, enough for addresses and times. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  const word = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const fraction = () => word() / 2 ** 32;
  return { word, fraction, below: (below) => Math.floor(fraction() * below) };
}

/** A copy in random order. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const item = result[i] as T;
    result[i] = result[j] as T;
    result[j] = item;
  }
  return result;
}
