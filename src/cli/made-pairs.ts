import type { Interaction } from "../model/interaction.ts";
import { LookupPairs } from "../report/lookup-pairs.ts";

/** Counts the interactions that become span pairs, sent or not. */
export class MadePairs {
  readonly #lookupPairs = new LookupPairs();
  made = 0;

  /** Lookups of edges that are drawn already: told in the results, not sent. */
  get lookupsLeftOut(): number {
    return this.#lookupPairs.leftOut;
  }

  /** Whether the interaction becomes a pair. Must see every interaction, once. */
  admits(interaction: Interaction): boolean {
    const isAdmitted = this.#lookupPairs.admits(interaction);
    if (isAdmitted) this.made++;
    return isAdmitted;
  }
}
