import { compareText } from "../graph/order.ts";
import type { GraphNode, PodCounts } from "../model/service-graph.ts";

/** The pods of a workload, over all its descriptions. */
interface Pods extends PodCounts {
  readonly byNode: ReadonlyMap<string, PodCounts>;
}

/**
 * The pods of a node of the graph: those of the description of the whole cluster, replaced where an agent that only
 * watches its own node described that node later. Zero if nothing is known.
 */
export function podsOf({ workload: descriptions = [] }: GraphNode): Pods {
  const whole = descriptions.find(({ scope }) => scope === null);
  const byNode = new Map(Object.entries(whole?.pods.byNode ?? {}));
  for (const { scope, atMicros, pods } of descriptions) {
    if (scope === null || (whole !== undefined && whole.atMicros > atMicros)) continue;
    const counts = pods.byNode[scope] ?? { total: 0, ready: 0 };
    if (counts.total === 0) byNode.delete(scope);
    else byNode.set(scope, counts);
  }
  const unscheduled = whole === undefined ? 0 : whole.pods.total - sum(Object.values(whole.pods.byNode), "total");
  const counts = [...byNode.values()];
  return {
    total: sum(counts, "total") + unscheduled,
    ready: sum(counts, "ready"),
    byNode: new Map([...byNode].sort(([a], [b]) => compareText(a, b))),
  };
}

function sum(counts: readonly PodCounts[], field: keyof PodCounts): number {
  return counts.reduce((total, one) => total + one[field], 0);
}
