import type { GraphNode, ResolverUse, ServiceDescription, WorkloadDescription } from "../model/service-graph.ts";
import { MAX_RESOLVERS } from "./bounds.ts";
import { compareNullable, compareText } from "./order.ts";

/** What two graphs know about one node. The order and the number of graphs do not matter. */
export function joinNodes(a: GraphNode, b: GraphNode): GraphNode {
  const workload = joinDescriptions(a.workload, b.workload);
  const service = newest(a.service, b.service);
  const seenFromBirth = joinCounts(a.seenFromBirth, b.seenFromBirth);
  const resolvers = joinResolvers(a.resolvers, b.resolvers);
  return {
    id: a.id,
    type: a.type,
    namespace: a.namespace,
    name: a.name,
    kind: a.kind === null || b.kind === null ? (a.kind ?? b.kind) : a.kind < b.kind ? a.kind : b.kind,
    ...(a.isMissing === true && b.isMissing === true ? { isMissing: true } : {}),
    ...(workload === undefined ? {} : { workload }),
    ...(service === undefined ? {} : { service }),
    ...(seenFromBirth === undefined ? {} : { seenFromBirth }),
    ...(resolvers === undefined ? {} : { resolvers }),
  };
}

/** The newest description of each scope, the whole cluster first. */
function joinDescriptions(
  a: readonly WorkloadDescription[] | undefined,
  b: readonly WorkloadDescription[] | undefined,
): readonly WorkloadDescription[] | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  const byScope = new Map(a.map((each) => [each.scope, each]));
  for (const each of b) byScope.set(each.scope, newest(byScope.get(each.scope), each) ?? each);
  return [...byScope.values()].sort((x, y) => compareNullable(x.scope, y.scope));
}

/** Of two descriptions of one moment, that with the larger text: any rule would do that does not depend on the order. */
function newest<T extends WorkloadDescription | ServiceDescription>(a: T | undefined, b: T | undefined): T | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  if (a.atMicros !== b.atMicros) return a.atMicros > b.atMicros ? a : b;
  return canonicalText(a) >= canonicalText(b) ? a : b;
}

function joinCounts(a: GraphNode["seenFromBirth"], b: GraphNode["seenFromBirth"]): GraphNode["seenFromBirth"] {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  const counts = new Map(Object.entries(a));
  for (const [instance, count] of Object.entries(b)) counts.set(instance, Math.max(count, counts.get(instance) ?? 0));
  return Object.fromEntries([...counts].sort(([x], [y]) => compareText(x, y)));
}

function joinResolvers(
  a: readonly ResolverUse[] | undefined,
  b: readonly ResolverUse[] | undefined,
): readonly ResolverUse[] | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  const joined: ResolverUse[] = [];
  for (const use of [...a, ...b].sort(compareResolvers)) {
    const last = joined.at(-1);
    if (last !== undefined && compareResolvers(last, use) === 0) {
      if (compareNullable(last.end, use.end) < 0) joined[joined.length - 1] = use;
    } else joined.push(use);
  }
  return joined.slice(0, MAX_RESOLVERS);
}

function compareResolvers(a: ResolverUse, b: ResolverUse): number {
  return compareText(a.address, b.address) || a.port - b.port || compareText(a.transport, b.transport);
}

/** JSON with sorted keys. */
function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => compareText(a, b)))
      : each,
  );
}
