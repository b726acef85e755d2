import type { Interaction } from "../model/interaction.ts";
import { GRAPH_FORMATS } from "../render/render.ts";
import type { Counts } from "../telemetry/stats.ts";
import type { Output } from "./output.ts";

/** Formats of results: a graph in some form, or the interactions themselves as lines. */
export const FORMATS = [...GRAPH_FORMATS, "jsonl"] as const;
export type Format = (typeof FORMATS)[number];

/** Takes interactions as they are told, and writes them in one format. */
export interface Results {
  /** `isHandedOver`: no span pair is made of it, since both ends send spans of their own. */
  add(interaction: Interaction, isHandedOver: boolean): void;
  /** Packet time has come to `micros`: what lies far enough behind it may be written. */
  advance(micros: number): void;
  /** What these results had to leave out, and what to do; empty when they hold all that was added. */
  missing(): readonly string[];
  /** What found no room, by kind: part of `evicted` in `--stats`. */
  evicted(): Counts;
  /** Writes the rest and closes the output. `problem`: why this is not the whole. */
  finish(problem: string | null): Promise<void>;
}

export interface ResultsOptions {
  readonly output: Output;
  readonly keepNodes: boolean;
  readonly hasCluster: boolean;
  /** Whether the cluster has such a Service, as far as it is known at the end; by default it has none. */
  readonly hasService?: (namespace: string, name: string) => boolean;
  /** How late an interaction may be told after it began, before lines come out of order. */
  readonly horizonMicros: number;
}
