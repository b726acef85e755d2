import type { Labels } from "../model/service-graph.ts";

/** The labels that all sets share, with equal values, in the order of the first set; none without any set. */
export function commonLabels([first, ...others]: readonly Labels[]): Labels {
  if (first === undefined) return {};
  const shared = Object.entries(first).filter(([name, value]) =>
    others.every((labels) => Object.hasOwn(labels, name) && labels[name] === value),
  );
  return Object.fromEntries(shared);
}
