// EDGE: chance
/**
 * A random odd number of 32 bits, to choose a hash function by. Results never depend on it, only who sends packets
 * cannot know it. Not for secrets that must last.
 */
export function randomOdd(): number {
  return Math.floor(Math.random() * 2 ** 32) | 1;
}

/**
 * A hash spread over 32 bits, to choose a bucket by the upper ones: of a product with a random odd number, in which two
 * hashes share a bucket of n with a probability of at most 2/n, whichever they are (Dietzfelbinger et al. 1997). The
 * product before it takes the order out of rows of numbers.
 */
export function spread(hash: number, first: number, second: number): number {
  const mixed = Math.imul(hash, first);
  return Math.imul(mixed ^ (mixed >>> 15), second);
}
