import type { Interaction } from "../model/interaction.ts";
import { LookupPairs } from "../report/lookup-pairs.ts";
import { VolumeCap } from "../report/volume-cap.ts";

/** Counts the interactions that become span pairs, sent or not. */
export class MadePairs {
  readonly #lookupPairs = new LookupPairs();
  readonly #cap: VolumeCap | null;
  made = 0;

  /** `maxPairsPerEdge`: at most so many per edge and second; null is no cap. */
  constructor(maxPairsPerEdge: number | null = null) {
    this.#cap = maxPairsPerEdge === null ? null : new VolumeCap(maxPairsPerEdge);
  }

  /** Lookups of edges that are drawn already: told in the results, not sent. */
  get lookupsLeftOut(): number {
    return this.#lookupPairs.leftOut;
  }

  /** Pairs above the cap: told in the results, not sent. */
  get overCap(): number {
    return this.#cap?.leftOut ?? 0;
  }

  /** Whether the interaction becomes a pair. Must see every interaction, once. */
  admits(interaction: Interaction): boolean {
    const isAdmitted = this.#lookupPairs.admits(interaction) && this.#cap?.admits(interaction) !== false;
    if (isAdmitted) this.made++;
    return isAdmitted;
  }
}
