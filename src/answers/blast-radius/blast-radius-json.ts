import type { GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { connectionCount, failureCount, lookupCount } from "../../render/labels/edge-figures.ts";
import { jsonList } from "../../text/json-list.ts";
import { jsonText } from "../../text/visible-text.ts";
import type { AsideEdge, Hit, Reach } from "./blast-radius.ts";
import type { PodLoss } from "./node-loss.ts";
import type { Target } from "./target.ts";

/** The answer as versioned JSON, one node or edge a line. Equal answers give equal bytes. */
export function blastRadiusJson(target: Target, reach: Reach, { cluster, incomplete }: ServiceGraph): string {
  const head = jsonText({
    wirespan: "blast-radius",
    version: 1,
    cluster,
    incomplete,
    target: target.title,
    direction: reach.direction,
    nodes: ids([...reach.targets, ...reach.alike]),
  });
  const lists = [
    jsonList("hits", reach.hits.map(hitFields)),
    jsonList("outside", reach.outside.map(asideFields)),
    jsonList("alreadyFailing", reach.alreadyFailing.map(asideFields)),
    jsonList("lookupsOnly", reach.lookupsOnly.map(asideFields)),
    jsonList("loops", reach.loops.map(ids)),
    ...(target.loss === null
      ? []
      : [
          jsonList("losesAllPods", target.loss.all.map(lossFields)),
          jsonList("losesSomePods", target.loss.some.map(lossFields)),
          jsonList(
            "singlePoints",
            target.singlePoints.map(({ node, ready, dependents }) => ({ id: node.id, ready, dependents })),
          ),
        ]),
  ];
  return `${head.slice(0, -1)},\n${lists.join(",\n")}}\n`;
}

function ids(nodes: readonly GraphNode[]): readonly string[] {
  return nodes.map(({ id }) => id);
}

function hitFields({ node, distance, path, edge, share }: Hit): object {
  return {
    id: node.id,
    distance,
    path: ids(path),
    connections: connectionCount(edge),
    share,
    failed: failureCount(edge),
    lastSeen: edge.lastSeenMicros / 1e6,
  };
}

function asideFields({ client, server, edge }: AsideEdge): object {
  return {
    client: client.id,
    server: server.id,
    connections: connectionCount(edge),
    lookups: lookupCount(edge),
    failed: failureCount(edge),
    lastSeen: edge.lastSeenMicros / 1e6,
  };
}

function lossFields({ node, lost, ready }: PodLoss): object {
  return { id: node.id, lost, ready };
}
