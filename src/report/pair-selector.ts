import type { Interaction } from "../model/interaction.ts";
import { Aggregation } from "./aggregation.ts";
import { HandOver } from "./handover.ts";
import { LookupPairs } from "./lookup-pairs.ts";
import { VolumeCap } from "./volume-cap.ts";

/** Which interactions become span pairs, as far as it can be chosen. */
export interface PairRules {
  /** Pairs go out between workloads that send spans of their own, too. */
  readonly keepsInstrumented: boolean;
  /** Span pairs per edge and second at most; null: all. */
  readonly maxPairsPerEdge: number | null;
  /** One pair stands for many connections, and says so: for Tempo, which multiplies. */
  readonly aggregates: boolean;
}

/** Interactions by what became of them; each is in one of these. */
export interface PairCounts {
  /** Became span pairs, to be sent if anything is. */
  readonly made: number;
  /** Left to the spans that both ends send themselves. */
  readonly bothInstrumented: number;
  /** Lookups of edges that are drawn already. */
  readonly lookupsRedundant: number;
  /** Stand behind a pair that was made for others of their kind. */
  readonly aggregated: number;
  /** Above the cap. */
  readonly rateLimited: number;
}

/** Takes one interaction for each pair, and how many connections it stands for. */
export type PairSink = (interaction: Interaction, count: number) => void;

/** Decides which interactions become span pairs, and counts them and the others. Results tell of all of them. */
export class PairSelector {
  readonly #handOver: HandOver | null;
  readonly #lookupPairs = new LookupPairs();
  readonly #aggregation: Aggregation | null;
  /** After aggregation: what is capped are pairs. */
  readonly #cap: VolumeCap | null;
  readonly #sink: PairSink;
  #made = 0;
  #aggregated = 0;

  constructor({ keepsInstrumented, maxPairsPerEdge, aggregates }: PairRules, sink: PairSink) {
    this.#handOver = keepsInstrumented ? null : new HandOver();
    this.#aggregation = aggregates ? new Aggregation((interaction, count) => this.#make(interaction, count)) : null;
    this.#cap = maxPairsPerEdge === null ? null : new VolumeCap(maxPairsPerEdge);
    this.#sink = sink;
  }

  get counts(): PairCounts {
    return {
      made: this.#made,
      bothInstrumented: this.#handOver?.taken ?? 0,
      lookupsRedundant: this.#lookupPairs.leftOut,
      aggregated: this.#aggregated,
      rateLimited: this.#cap?.leftOut ?? 0,
    };
  }

  /** Takes every interaction, once. True where it is left to the spans that both ends send themselves. */
  add(interaction: Interaction): boolean {
    if (this.#handOver?.takes(interaction) === true) return true;
    if (this.#lookupPairs.admits(interaction)) {
      if (this.#aggregation === null) this.#make(interaction, 1);
      else this.#aggregation.add(interaction);
    }
    return false;
  }

  /** Packet time has come to `micros`. */
  advance(micros: number): void {
    this.#aggregation?.advance(micros);
  }

  /** No more interactions: what is held back goes out. */
  finish(): void {
    this.#aggregation?.finish();
  }

  #make(interaction: Interaction, count: number): void {
    if (this.#cap?.admits(interaction, count) === false) return;
    this.#made++;
    this.#aggregated += count - 1;
    this.#sink(interaction, count);
  }
}
