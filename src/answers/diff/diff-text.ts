import { alignedLines } from "../../render/aligned-lines.ts";
import { connectionCount, failureCount, failureText, lookupCount, portText } from "../../render/labels/edge-figures.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { observedText, timeText } from "../../render/labels/observed-text.ts";
import { jsonList } from "../../text/json-list.ts";
import { countText } from "../../text/number-text.ts";
import { jsonText, visibleText } from "../../text/visible-text.ts";
import { edgeFigures, observationFields } from "../edge-json.ts";
import { linesText } from "../section.ts";
import type { ChangedEdge, DiffSide, EdgeChange, GraphDiff } from "./graph-diff.ts";

/** Names of nodes that a line lists. */
const MAX_NAMES = 5;

/** The differences for a person, one edge a line. Equal graphs give one sentence. */
export function diffText(diff: GraphDiff): string {
  const head = [
    `older: ${observedText(diff.older.observed)}`,
    `newer: ${observedText(diff.newer.observed)}`,
    ...onlyObserved(diff.newer, diff.older, "newer", "added"),
    ...onlyObserved(diff.older, diff.newer, "older", "gone"),
    "",
  ];
  const rows = diff.changes.map((changed) => [
    changed.change,
    `${nodeLabel(changed.client)} → ${nodeLabel(changed.server)}`,
    detailText(changed),
  ]);
  return linesText([
    ...head,
    ...alignedLines(rows, [false, false, false]),
    ...(rows.length > 0 ? [""] : []),
    totals(diff),
  ]);
}

/** What only one graph could show is a difference of the observations, not of the cluster. */
function onlyObserved(of: DiffSide, other: DiffSide, which: string, change: EdgeChange): readonly string[] {
  const known = namesOf(other);
  const only = [...namesOf(of)].filter((name) => !known.has(name)).sort();
  if (only.length === 0 || known.size === 0) return [];
  const more = only.length > MAX_NAMES ? `, and ${only.length - MAX_NAMES} more` : "";
  const names = only.slice(0, MAX_NAMES).map(visibleText).join(", ");
  return [`only the ${which} graph observes ${names}${more}: what no other node saw is ${change}`];
}

function namesOf({ observed }: DiffSide): ReadonlySet<string> {
  return new Set(observed.flatMap(({ node }) => node ?? []));
}

function detailText({ change, edge, isNewlyFailing }: ChangedEdge): string {
  const ports = portText(edge);
  const seen =
    change === "gone" ? `last seen ${timeText(edge.lastSeenMicros)}` : `first seen ${timeText(edge.firstSeenMicros)}`;
  return [
    ...(isNewlyFailing
      ? [`${failureCount(edge)} of ${connectionCount(edge) + lookupCount(edge)} failed: ${failureText(edge)}`]
      : []),
    connectionCount(edge) > 0 ? countText(connectionCount(edge), "connection") : countText(lookupCount(edge), "lookup"),
    ...(ports === "" ? [] : [`port ${ports}`]),
    seen,
  ].join(", ");
}

function totals({ changes }: GraphDiff): string {
  if (changes.length === 0) return "no difference";
  const count = (change: EdgeChange): number => changes.filter((changed) => changed.change === change).length;
  const failing = changes.filter(({ isNewlyFailing }) => isNewlyFailing).length;
  return `${countText(count("added"), "edge")} added, ${count("gone")} gone, ${failing} newly failing`;
}

/** The differences as versioned JSON, one edge a line. Equal diffs give equal bytes. */
export function diffJson(diff: GraphDiff): string {
  const side = ({ observed, incomplete }: DiffSide): object => ({
    observed: observed.map(observationFields),
    incomplete,
  });
  const head = jsonText({ cluster: diff.cluster, older: side(diff.older), newer: side(diff.newer) });
  return `{"wirespan":"diff","version":1,${head.slice(1, -1)},\n${jsonList("changes", diff.changes.map(changeFields))}}\n`;
}

function changeFields({ change, edge, client, server, isNewlyFailing, isNewEgress }: ChangedEdge): object {
  const kinds = { newEgress: isNewEgress, newlyFailing: isNewlyFailing };
  return { change, client: client.id, server: server.id, ...kinds, ...edgeFigures(edge) };
}
