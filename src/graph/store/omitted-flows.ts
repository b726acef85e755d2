/** Interactions of one edge without a flow of their own: the edge had no room for it, or it was dropped. */
export class OmittedFlows {
  count = 0;
  firstMicros = Number.POSITIVE_INFINITY;
  lastMicros = Number.NEGATIVE_INFINITY;

  add(count: number, firstMicros: number, lastMicros: number): void {
    this.count += count;
    if (firstMicros < this.firstMicros) this.firstMicros = firstMicros;
    if (lastMicros > this.lastMicros) this.lastMicros = lastMicros;
  }
}
