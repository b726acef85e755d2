/** What has been allowed before may be refused for so long by an API server that has just started. */
const START_MILLIS = 5_000;

/**
 * Refusals in a row. An API server that has just started forbids everything until it knows its own roles, so one
 * refusal says nothing.
 */
export class Refusals {
  #count = 0;
  #sinceMillis = 0;

  /** One more; true when it is no passing one. `wasAllowed`: the same has been allowed before. */
  isCertain(nowMillis: number, wasAllowed: boolean): boolean {
    if (this.#count++ === 0) this.#sinceMillis = nowMillis;
    return wasAllowed ? nowMillis - this.#sinceMillis >= START_MILLIS : this.#count > 1;
  }

  /** Something else came in between. */
  end(): void {
    this.#count = 0;
  }
}
