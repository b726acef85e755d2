import { compareText } from "../graph/order.ts";
import type { Labels } from "../model/service-graph.ts";

/** The labels that all sets share, with equal values, in the order of the first set; none without any set. */
export function commonLabels([first, ...others]: readonly Labels[]): Labels {
  if (first === undefined) return {};
  const shared = Object.entries(first).filter(([name, value]) =>
    others.every((labels) => Object.hasOwn(labels, name) && labels[name] === value),
  );
  return Object.fromEntries(shared);
}

/** Names of the labels that are in some of the sets and not common, sorted. */
export function differingLabels(sets: readonly Labels[]): readonly string[] {
  const common = commonLabels(sets);
  const names = new Set(sets.flatMap((labels) => Object.keys(labels)));
  return [...names].filter((name) => !Object.hasOwn(common, name)).sort(compareText);
}
