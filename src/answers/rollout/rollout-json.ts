import type { ServiceGraph } from "../../model/service-graph.ts";
import { jsonList } from "../../text/json-list.ts";
import { jsonText } from "../../text/visible-text.ts";
import type { Rollout } from "./rollout.ts";
import { reasonText } from "./rollout-text.ts";

/** The ranking as versioned JSON, one workload a line. Equal rankings give equal bytes. */
export function rolloutJson(rollout: Rollout, { cluster, incomplete }: ServiceGraph, first: number | null): string {
  const { edges, edgesDone, connections, connectionsDone } = rollout;
  const picks = (first === null ? rollout.picks : rollout.picks.slice(0, first)).map((pick) => ({
    id: pick.node.id,
    score: Math.round(pick.score * 1000) / 1000,
    edgesCompleted: pick.edgesCompleted,
    totalCompleted: pick.totalCompleted,
    connectionsShare: pick.connectionsShare,
    darkNeighbors: pick.darkNeighbors.map(({ id }) => id),
    failingEdges: pick.failingEdges,
    language: pick.language,
    reason: reasonText(pick),
  }));
  const head = jsonText({
    wirespan: "rollout",
    version: 1,
    cluster,
    incomplete,
    namespaces: rollout.namespaces,
    today: { edges, edgesDone, connections, connectionsDone },
  });
  const lists = [
    jsonList("picks", picks),
    jsonList(
      "instrumented",
      rollout.instrumented.map(({ node, sign }) => ({ id: node.id, sign })),
    ),
    jsonList(
      "infrastructure",
      rollout.infrastructure.map(({ node, what }) => ({ id: node.id, what })),
    ),
  ];
  return `${head.slice(0, -1)},\n${lists.join(",\n")}}\n`;
}
