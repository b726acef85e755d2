// EDGE: chance, for the name of this run
import { randomBytes } from "node:crypto";
import { MAX_TIME_MICROS } from "../graph/bounds.ts";
import type { Observation } from "../model/service-graph.ts";

/** What this run of the agent has observed so far. Another run of the same node has another instance, so that both add up. */
export class AgentObservation {
  readonly #losses: () => { readonly kernelReceived: number; readonly kernelDrops: number };
  readonly #suffix = randomBytes(4).toString("hex");
  /** Undefined until the capture starts. */
  #node: string | null | undefined;
  /** Packet time. */
  #fromMicros: number | null = null;
  #toMicros = 0;

  constructor(losses: () => { readonly kernelReceived: number; readonly kernelDrops: number }) {
    this.#losses = losses;
  }

  /** The capture has started. */
  start(node: string | null): void {
    this.#node = node;
  }

  /** Packet time has reached `micros`. */
  advance(micros: number): void {
    this.#fromMicros ??= micros;
    this.#toMicros = micros;
  }

  /** One; none until packet time has begun. */
  list(): readonly Observation[] {
    const node = this.#node;
    if (node === undefined || this.#fromMicros === null) return [];
    const { kernelReceived, kernelDrops } = this.#losses();
    return [
      {
        instance: `${node ?? "agent"}-${this.#suffix}`,
        node,
        fromMicros: Math.min(this.#fromMicros, MAX_TIME_MICROS),
        toMicros: Math.min(this.#toMicros, MAX_TIME_MICROS),
        lossRatio: kernelReceived === 0 ? null : Math.min(1, kernelDrops / kernelReceived),
      },
    ];
  }
}
