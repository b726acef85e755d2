/** Maximum of candidates of one query, the name itself included. */
export const MAX_CANDIDATES = 4;

const FIRST_CAPACITY = 1_024;
const NO_NAME = -1;
const NEVER = Number.NEGATIVE_INFINITY;

/**
 * What searches need of the names that clients queried, and of those that their programs may have looked up, by a number
 * for each. In arrays, since a query concerns up to four names, and most of them are never queried themselves: the
 * queries of a node then touch 28 bytes for each name.
 */
export class SearchTable<Search extends object> {
  /** The numbers of the candidates of each name that is queried; after them NO_NAME. */
  #candidates = new Int32Array(FIRST_CAPACITY * MAX_CANDIDATES);
  #answeredMicros = new Float64Array(FIRST_CAPACITY);
  readonly #searches: (Search | null)[] = [];
  readonly #free: number[] = [];

  /** A number for a name that was never answered, and has no candidates and no search. */
  take(): number {
    const id = this.#free.pop() ?? this.#searches.push(null) - 1;
    if (id === this.#answeredMicros.length) this.#grow();
    this.#answeredMicros[id] = NEVER;
    this.#candidates[id * MAX_CANDIDATES] = NO_NAME;
    return id;
  }

  /** The name has no search, and is no candidate any more. */
  release(id: number): void {
    this.#free.push(id);
  }

  setCandidates(id: number, candidates: readonly { readonly id: number }[]): void {
    const first = id * MAX_CANDIDATES;
    for (let i = 0; i < MAX_CANDIDATES; i++) this.#candidates[first + i] = candidates[i]?.id ?? NO_NAME;
  }

  /** A query for the name was answered: its candidates were, with some suffix of the search path. -∞: no answer counts. */
  answer(id: number, micros: number): void {
    const first = id * MAX_CANDIDATES;
    for (let i = first; i < first + MAX_CANDIDATES; i++) {
      const candidate = this.#candidates[i] as number;
      if (candidate === NO_NAME) return;
      this.#answeredMicros[candidate] = micros;
    }
  }

  /** When a query for it, with any suffix of the search path, was last answered; -∞: never. */
  answeredMicros(id: number): number {
    return this.#answeredMicros[id] as number;
  }

  /** The latest search that may be for the name. */
  searchOf(id: number): Search | null {
    return this.#searches[id] ?? null;
  }

  /** The latest search that may be for a candidate of the name. */
  searchFor(id: number): Search | null {
    const first = id * MAX_CANDIDATES;
    for (let i = first; i < first + MAX_CANDIDATES; i++) {
      const candidate = this.#candidates[i] as number;
      if (candidate === NO_NAME) return null;
      const search = this.#searches[candidate] as Search | null;
      if (search !== null) return search;
    }
    return null;
  }

  /** `search` is the latest of all candidates of the name. */
  begin(id: number, search: Search): void {
    const first = id * MAX_CANDIDATES;
    for (let i = first; i < first + MAX_CANDIDATES; i++) {
      const candidate = this.#candidates[i] as number;
      if (candidate === NO_NAME) return;
      this.#searches[candidate] = search;
    }
  }

  /** Forgets a search that began with the name; later ones stay. */
  forget(id: number, search: Search): void {
    const first = id * MAX_CANDIDATES;
    for (let i = first; i < first + MAX_CANDIDATES; i++) {
      const candidate = this.#candidates[i] as number;
      if (candidate === NO_NAME) return;
      if (this.#searches[candidate] === search) this.#searches[candidate] = null;
    }
  }

  /** Which of the name's candidates, one bit each, are candidates of the other name too. */
  common(id: number, other: number): number {
    let bits = 0;
    for (let i = 0; i < MAX_CANDIDATES; i++) {
      const candidate = this.#candidates[id * MAX_CANDIDATES + i] as number;
      if (candidate === NO_NAME) break;
      if (this.#isCandidate(candidate, other)) bits |= 1 << i;
    }
    return bits;
  }

  /** Whether one of those candidates of the name (`bits`) has been answered since. */
  wasAnswered(id: number, bits: number, sinceMicros: number): boolean {
    for (let i = 0; i < MAX_CANDIDATES; i++) {
      if ((bits & (1 << i)) === 0) continue;
      const candidate = this.#candidates[id * MAX_CANDIDATES + i] as number;
      if ((this.#answeredMicros[candidate] as number) >= sinceMicros) return true;
    }
    return false;
  }

  #isCandidate(candidate: number, other: number): boolean {
    const first = other * MAX_CANDIDATES;
    for (let i = first; i < first + MAX_CANDIDATES; i++) if (this.#candidates[i] === candidate) return true;
    return false;
  }

  #grow(): void {
    const candidates = new Int32Array(2 * this.#candidates.length);
    candidates.set(this.#candidates);
    this.#candidates = candidates;
    const answeredMicros = new Float64Array(2 * this.#answeredMicros.length);
    answeredMicros.set(this.#answeredMicros);
    this.#answeredMicros = answeredMicros;
  }
}
