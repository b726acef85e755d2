import { alignedLines } from "../../render/aligned-lines.ts";
import { connectionCount, failureCount, failureText, lookupCount, portText } from "../../render/labels/edge-figures.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { observedText, timeText } from "../../render/labels/observed-text.ts";
import { jsonList } from "../../text/json-list.ts";
import { countText } from "../../text/number-text.ts";
import { jsonText } from "../../text/visible-text.ts";
import { edgeFigures, observationFields } from "../edge-json.ts";
import { linesText } from "../section.ts";
import type { ChangedEdge, DiffSide, EdgeChange, GraphDiff } from "./graph-diff.ts";

/** The differences for a person, one edge a line. Equal graphs give one sentence. */
export function diffText(diff: GraphDiff): string {
  const head = [`older: ${observedText(diff.older.observed)}`, `newer: ${observedText(diff.newer.observed)}`, ""];
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
