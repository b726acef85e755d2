import type { GraphNode } from "../../model/service-graph.ts";
import { alignedLines } from "../../render/aligned-lines.ts";
import { connectionCount, failureText, lookupCount } from "../../render/labels/edge-figures.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { timeText } from "../../render/labels/observed-text.ts";
import { countText, percentText } from "../../text/number-text.ts";
import { visibleText } from "../../text/visible-text.ts";
import { linesText, section } from "../section.ts";
import type { AsideEdge, Hit, Reach } from "./blast-radius.ts";
import type { PodLoss } from "./node-loss.ts";
import type { Target } from "./target.ts";

const HEAD = ["distance", "workload", "path", "connections", "share", "failed", "last seen"];
const RIGHT = [true, false, false, true, true, false, false];

/** The answer for a person: who is affected, by distance, then what is listed apart. */
export function blastRadiusText(target: Target, reach: Reach): string {
  const { hits, direction, alike, alreadyFailing, lookupsOnly, outside, loops } = reach;
  const title = visibleText(target.title);
  const callers = direction === "callers";
  const summary = callers
    ? `${countText(hits.length, "node")} affected when ${title} is down`
    : `${title} needs ${countText(hits.length, "node")}`;
  const lines = [
    summary,
    ...section(
      callers
        ? "counted as down, too: Services that may lead to it, where no packet shows which workload served"
        : "counted as needed: workloads to which it may lead",
      alike.map(nodeLabel),
    ),
    ...(target.loss === null
      ? []
      : [
          ...section("all ready pods are on this node", target.loss.all.map(lossLine)),
          ...section("some ready pods are on this node", target.loss.some.map(lossLine)),
          ...section(
            "run on this node only, those with the most dependents first",
            target.singlePoints.map(
              ({ node, ready, dependents }) =>
                `${nodeLabel(node)}: ${countText(ready, "ready pod")}, ${countText(dependents, "dependent")}`,
            ),
          ),
        ]),
    ...(hits.length === 0 ? [] : ["", ...alignedLines([HEAD, ...hits.map(hitRow)], RIGHT)]),
    ...(hits.some(({ share }) => share !== null)
      ? ["", "share: of all connections of a direct caller; connections are not requests, since clients reuse them"]
      : []),
    ...section(callers ? "reaches outside: external clients" : "external clients", outside.map(asideText)),
    ...section(
      callers ? "already failing, not newly affected" : "failing already: whether it is needed is not known",
      alreadyFailing.map((aside) => `${asideText(aside)}: ${failureText(aside.edge)}`),
    ),
    ...section(
      "looked up, never connected: a dependency is not certain",
      lookupsOnly.map((aside) => `${asideText(aside)}: ${countText(lookupCount(aside.edge), "lookup")}`),
    ),
    ...section("loops", loops.map(pathText)),
  ];
  return linesText(lines);
}

function hitRow({ node, distance, path, edge, share }: Hit): string[] {
  return [
    String(distance),
    nodeLabel(node),
    pathText(path),
    String(connectionCount(edge)),
    share === null ? "-" : percentText(share),
    failureText(edge),
    timeText(edge.lastSeenMicros),
  ];
}

function pathText(path: readonly GraphNode[]): string {
  return path.map(nodeLabel).join(" → ");
}

function asideText({ client, server }: AsideEdge): string {
  return `${nodeLabel(client)} → ${nodeLabel(server)}`;
}

function lossLine({ node, lost, ready }: PodLoss): string {
  return `${nodeLabel(node)}: ${lost} of ${countText(ready, "ready pod")}`;
}
