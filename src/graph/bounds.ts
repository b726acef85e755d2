/** Maximum of each list of an edge: flows, names, addresses, dialed and served ports. A merge keeps the smallest. */
export const MAX_VALUES = 100;
/** Maximum of resolvers of a node. */
export const MAX_RESOLVERS = 100;
/** Maximum of sentences in `incomplete`, beside those of observations. */
export const MAX_INCOMPLETE = 100;
/** Times of capture files have 32 bits for seconds; the graph file keeps microseconds exactly up to there. */
export const MAX_TIME_MICROS = 2 ** 32 * 1e6;

/** A whole number of microseconds, as the graph file has it. */
export function toGraphMicros(time: number): number {
  return Math.min(MAX_TIME_MICROS, Math.max(0, Math.round(time)));
}
