import type { GraphEdge } from "../model/service-graph.ts";
import { connectionCount, failureText } from "../render/labels/edge-figures.ts";
import { timeText } from "../render/labels/observed-text.ts";
import { countText } from "../text/number-text.ts";
import { visibleText } from "../text/visible-text.ts";

/** `tcp 7070, 2 connections, last 2026-11-23T08:27:17Z`; with failures, `1 refused`. One line, safe in a YAML comment. */
export function evidenceText(edge: GraphEdge): string {
  const ports = edge.servedPorts.length > 0 ? edge.servedPorts : edge.dialledPorts;
  const failed = failureText(edge);
  return visibleText(
    [
      ...(ports.length === 0 ? [] : [`tcp ${ports.join(" ")}`]),
      countText(connectionCount(edge), "connection"),
      ...(failed === "" ? [] : [failed]),
      `last ${timeText(edge.lastSeenMicros)}`,
    ].join(", "),
  );
}
