/**
 * report: after resolve. Selects the interactions that become span pairs, and counts all of them by what became of
 * them. Pure: time is packet time. Which node's agent reports a connection is decided in reporting-agent.ts, before
 * resolve names its ends.
 */
import type { Interaction } from "../model/interaction.ts";
import type { ResolverQuery } from "../model/lookup.ts";
import { Aggregation } from "./aggregation.ts";
import { EdgeRateLimit } from "./edge-rate-limit.ts";
import { InstrumentedWorkloads, type SpanRoles } from "./instrumented-workloads.ts";
import { LookupPairs } from "./lookup-pairs.ts";

/** Options of the selection. */
export interface PairRules {
  /** Span pairs are also made between workloads that both send their own spans. */
  readonly keepsInstrumented: boolean;
  /** Maximum of span pairs per edge and second; null: no maximum. */
  readonly maxPairsPerEdge: number | null;
  /** One pair represents many connections and carries their number: for Tempo, which multiplies by it. */
  readonly aggregates: boolean;
}

/** Interactions by what became of them; each is counted once. */
export interface PairCounts {
  /** Became span pairs. */
  readonly made: number;
  /** No pair: both ends send their own spans. */
  readonly bothInstrumented: number;
  /** No pair: lookups of edges that connections or an earlier lookup already show. */
  readonly lookupsRedundant: number;
  /** Represented by a pair that was made for other interactions like them. */
  readonly aggregated: number;
  /** No pair: above the maximum. */
  readonly rateLimited: number;
}

/** The outputs of report. */
export interface ReportSinks {
  /** Takes every interaction. `isBothInstrumented`: no span pair is made, because both ends send their own spans. */
  interaction(interaction: Interaction, isBothInstrumented: boolean): void;
  /** Takes every interaction, with what its ends do with spans. */
  roles?(interaction: Interaction, roles: SpanRoles): void;
  /** Takes one interaction for each span pair, and the number of interactions that the pair represents. */
  pair(interaction: Interaction, count: number): void;
  /** Takes the DNS servers that clients query. */
  resolver?(query: ResolverQuery): void;
}

export class PairSelector {
  readonly #sinks: ReportSinks;
  readonly #keepsInstrumented: boolean;
  readonly #instrumented = new InstrumentedWorkloads();
  readonly #lookupPairs = new LookupPairs();
  readonly #aggregation: Aggregation | null;
  /** After aggregation: the limit counts pairs. */
  readonly #rateLimit: EdgeRateLimit | null;
  readonly #counts = { made: 0, bothInstrumented: 0, lookupsRedundant: 0, aggregated: 0, rateLimited: 0 };

  constructor({ keepsInstrumented, maxPairsPerEdge, aggregates }: PairRules, sinks: ReportSinks) {
    this.#sinks = sinks;
    this.#keepsInstrumented = keepsInstrumented;
    this.#aggregation = aggregates ? new Aggregation((interaction, count) => this.#make(interaction, count)) : null;
    this.#rateLimit = maxPairsPerEdge === null ? null : new EdgeRateLimit(maxPairsPerEdge);
  }

  get counts(): PairCounts {
    return { ...this.#counts };
  }

  /** Takes every interaction, once. */
  add(interaction: Interaction): void {
    const roles = this.#instrumented.rolesOf(interaction);
    this.#sinks.roles?.(interaction, roles);
    const isBothInstrumented = !this.#keepsInstrumented && roles.client === "sends" && roles.server === "sends";
    if (isBothInstrumented) this.#counts.bothInstrumented++;
    else if (!this.#lookupPairs.admits(interaction)) this.#counts.lookupsRedundant++;
    else if (this.#aggregation === null) this.#make(interaction, 1);
    else this.#aggregation.add(interaction);
    this.#sinks.interaction(interaction, isBothInstrumented);
  }

  /** DNS servers become no span pairs: a lookup's pair has the end that its name stands for. */
  resolver(query: ResolverQuery): void {
    this.#sinks.resolver?.(query);
  }

  /** Packet time has reached `micros`. */
  advance(micros: number): void {
    this.#aggregation?.advance(micros);
  }

  /** After the last interaction: makes the pairs of all open groups. */
  finish(): void {
    this.#aggregation?.finish();
  }

  #make(interaction: Interaction, count: number): void {
    if (this.#rateLimit?.admits(interaction) === false) {
      this.#counts.rateLimited += count;
      return;
    }
    this.#counts.made++;
    this.#counts.aggregated += count - 1;
    this.#sinks.pair(interaction, count);
  }
}
