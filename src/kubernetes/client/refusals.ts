/** For so long an API server that has just started may forbid what it allowed before. */
const START_UP_MILLIS = 5_000;

/**
 * Counts consecutive 403 responses. An API server that has just started forbids everything until it has read its RBAC
 * rules, so a single refusal proves nothing.
 */
export class Refusals {
  #count = 0;
  #firstMillis = 0;

  /** Counts one refusal. Returns whether it is permanent. `wasAllowed`: the same request succeeded before. */
  isPermanent(nowMillis: number, wasAllowed: boolean): boolean {
    if (this.#count++ === 0) this.#firstMillis = nowMillis;
    return wasAllowed ? nowMillis - this.#firstMillis >= START_UP_MILLIS : this.#count > 1;
  }

  /** Another result came in between. */
  reset(): void {
    this.#count = 0;
  }
}
