import type { Interaction } from "../model/interaction.ts";
import { HandOver } from "../report/handover.ts";
import { LookupPairs } from "../report/lookup-pairs.ts";
import { VolumeCap } from "../report/volume-cap.ts";

/** Which interactions become span pairs, as far as it can be chosen. */
export interface PairRules {
  /** Pairs go out between workloads that send spans of their own, too. */
  readonly keepsInstrumented: boolean;
  /** Span pairs per edge and second at most; null: all. */
  readonly maxPairsPerEdge: number | null;
}

/** Interactions by what became of them; each is in one of these. */
export interface PairCounts {
  /** Became span pairs, to be sent if anything is. */
  readonly made: number;
  /** Left to the spans that both ends send themselves. */
  readonly handedOver: number;
  /** Lookups of edges that are drawn already. */
  readonly lookupsLeftOut: number;
  /** Above the cap. */
  readonly overCap: number;
}

/** Decides which interactions become span pairs, and counts them and the others. Results tell of all of them. */
export class MadePairs {
  readonly #handOver: HandOver | null;
  readonly #lookupPairs = new LookupPairs();
  readonly #cap: VolumeCap | null;
  readonly #send: (interaction: Interaction) => void;
  #made = 0;

  /** `send` gets each interaction that becomes a pair. */
  constructor({ keepsInstrumented, maxPairsPerEdge }: PairRules, send: (interaction: Interaction) => void) {
    this.#handOver = keepsInstrumented ? null : new HandOver();
    this.#cap = maxPairsPerEdge === null ? null : new VolumeCap(maxPairsPerEdge);
    this.#send = send;
  }

  get counts(): PairCounts {
    return {
      made: this.#made,
      handedOver: this.#handOver?.taken ?? 0,
      lookupsLeftOut: this.#lookupPairs.leftOut,
      overCap: this.#cap?.leftOut ?? 0,
    };
  }

  /** Takes every interaction, once. True where it is left to the spans that both ends send themselves. */
  add(interaction: Interaction): boolean {
    if (this.#handOver?.takes(interaction) === true) return true;
    if (this.#lookupPairs.admits(interaction) && this.#cap?.admits(interaction) !== false) {
      this.#made++;
      this.#send(interaction);
    }
    return false;
  }
}
