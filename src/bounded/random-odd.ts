// EDGE: chance
/**
 * A random odd number of 32 bits, as a factor of a hash function that senders of packets must not know. Results do not
 * depend on it. Not for secrets.
 */
export function randomOdd(): number {
  return Math.floor(Math.random() * 2 ** 32) | 1;
}
