// EDGE: chance
/**
 * A random odd number of 32 bits, to choose a hash function by. Results never depend on it, only who sends packets
 * cannot know it. Not for secrets that must last.
 */
export function randomOdd(): number {
  return Math.floor(Math.random() * 2 ** 32) | 1;
}
