import type { Observation, ServiceGraph } from "../model/service-graph.ts";
import { visibleText } from "../text/visible-text.ts";
import { smallest } from "./edge-sums.ts";
import { compareNullable, compareText } from "./order.ts";

type Incompleteness = Pick<ServiceGraph, "incomplete" | "observed">;

/**
 * Two states of one instance: the later one counts. Of two states of one moment, what both lack is missing; a part and the
 * whole are the whole. So the order and the number of states do not matter.
 */
export function joinObservations(a: Observation, b: Observation): Observation {
  const order = a.toMicros - b.toMicros || compareNullable(a.lossRatio, b.lossRatio) || compareNullable(a.node, b.node);
  const { instance, node, toMicros, lossRatio } = order > 0 ? a : b;
  const latest = [a, b].filter((each) => each.toMicros === toMicros);
  const isPart = latest.every(({ selected }) => selected !== undefined);
  return {
    instance,
    node,
    fromMicros: Math.min(a.fromMicros, b.fromMicros),
    toMicros,
    lossRatio,
    ...some("incomplete", smallest(sorted(latest.flatMap(({ incomplete = [] }) => incomplete)))),
    ...(isPart ? some("selected", smallest(sorted(latest.flatMap(({ selected = [] }) => selected)))) : {}),
  };
}

/** What a graph lacks beside what its observations lack, a sentence each. */
export function ownIncomplete({ incomplete, observed }: Incompleteness): readonly string[] {
  const ofObservations = new Set(observed.flatMap((each) => each.incomplete ?? []));
  return incomplete.filter((sentence) => !ofObservations.has(sentence));
}

/**
 * What a graph lacks: `own` sentences, which stay in every merge, and those of its observations, which later states replace.
 * No sentence is both.
 */
export function withIncomplete(own: readonly string[], observed: readonly Observation[]): Incompleteness {
  const isOwn = new Set(own);
  const rest = observed.map((each) => {
    if (each.incomplete === undefined || !each.incomplete.some((sentence) => isOwn.has(sentence))) return each;
    const { incomplete, ...fields } = each;
    const left = incomplete.filter((sentence) => !isOwn.has(sentence));
    return { ...fields, ...some("incomplete", left) };
  });
  return { incomplete: sorted([...own, ...rest.flatMap(({ incomplete = [] }) => incomplete)]), observed: rest };
}

/** The sentence for a graph that was selected from a larger one; null if it is whole. */
export function partSentence({ observed }: Pick<ServiceGraph, "observed">): string | null {
  const selected = sorted(observed.flatMap((each) => each.selected ?? []));
  if (selected.length === 0) return null;
  return `the graph is partial, saved with ${selected.map(visibleText).join("; ")}: everything that this left out is missing, also from answers and policies; save the whole graph`;
}

function some<K extends string>(key: K, values: readonly string[]): { readonly [key in K]?: readonly string[] } {
  return values.length === 0 ? {} : ({ [key]: values } as { readonly [key in K]: readonly string[] });
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort(compareText);
}
