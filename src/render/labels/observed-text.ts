import type { Observation, ServiceGraph } from "../../model/service-graph.ts";
import { countText } from "../../text/number-text.ts";
import { visibleText } from "../../text/visible-text.ts";

/** The latest time of a `Date`. */
const MAX_DATE_MILLIS = 8.64e15;

/** `2026-11-29T13:00:00Z`: whole seconds in UTC. */
export function timeText(micros: number): string {
  if (!(Math.abs(micros / 1000) <= MAX_DATE_MILLIS)) return `${micros / 1e6} s`;
  return new Date(Math.floor(micros / 1e6) * 1000).toISOString().replace(".000Z", "Z");
}

/** `2026-11-29T13:00:00Z to 2026-11-29T14:00:00Z, 3 nodes, at most 0.1 % of packets lost`. */
export function observedText(observed: readonly Observation[]): string {
  const [first] = observed;
  if (first === undefined) return "unknown";
  const from = observed.reduce((least, { fromMicros }) => Math.min(least, fromMicros), first.fromMicros);
  const to = observed.reduce((most, { toMicros }) => Math.max(most, toMicros), first.toMicros);
  const nodes = new Set(observed.flatMap(({ node }) => node ?? []));
  const who = nodes.size > 0 ? countText(nodes.size, "node") : countText(observed.length, "instance");
  return `${timeText(from)} to ${timeText(to)}, ${who}, ${lossText(observed)}`;
}

/** `cluster prod; observed 2026-11-29T13:00:00Z to …, 3 nodes, no packet lost`. */
export function aboutText({ cluster, observed }: Pick<ServiceGraph, "cluster" | "observed">): string {
  const name = cluster === null ? [] : [`cluster ${visibleText(cluster)}`];
  return [...name, `observed ${observedText(observed)}`].join("; ");
}

function lossText(observed: readonly Observation[]): string {
  const ratios = observed.flatMap(({ lossRatio }) => lossRatio ?? []);
  if (ratios.length === 0) return "loss unknown";
  const worst = ratios.reduce((most, ratio) => Math.max(most, ratio), 0);
  const percent = Math.ceil(worst * 1000) / 10;
  const some = ratios.length < observed.length ? ", of some agents unknown" : "";
  return worst === 0 ? `no packet lost${some}` : `at most ${percent} % of packets lost${some}`;
}
