import { EDGE_OUTCOMES, type EdgeOutcome, isFailure } from "../../model/interaction.ts";
import type { GraphEdge } from "../../model/service-graph.ts";
import { countText } from "../../text/number-text.ts";

/** Outcomes of connection attempts; the others are those of lookups. */
const CONNECTION_OUTCOMES: readonly EdgeOutcome[] = ["established", "refused", "timed_out", "unreachable", "failed"];

function sum(edge: GraphEdge, outcomes: readonly EdgeOutcome[]): number {
  return outcomes.reduce((total, outcome) => total + (edge.outcomes[outcome] ?? 0), 0);
}

/** Connection attempts, including failed ones. */
export function connectionCount(edge: GraphEdge): number {
  return sum(edge, CONNECTION_OUTCOMES);
}

/** Lookups without a following connection, including failed ones. */
export function lookupCount(edge: GraphEdge): number {
  return sum(edge, EDGE_OUTCOMES) - connectionCount(edge);
}

/** Failures that occurred, in the order of `EDGE_OUTCOMES`. */
function failures(edge: GraphEdge): readonly { readonly outcome: EdgeOutcome; readonly count: number }[] {
  return EDGE_OUTCOMES.flatMap((outcome) => {
    const count = edge.outcomes[outcome] ?? 0;
    return isFailure(outcome) && count > 0 ? [{ outcome, count }] : [];
  });
}

export function failureCount(edge: GraphEdge): number {
  return sum(edge, EDGE_OUTCOMES.filter(isFailure));
}

/** `3 refused, 1 timed out`; empty without failures. With several dialed ports: `3 refused on 8080`. */
export function failureText(edge: GraphEdge): string {
  return failures(edge)
    .map(({ outcome, count }) => `${count} ${outcomeText(edge, outcome)}`)
    .join(", ");
}

/** Longest list of ports; more ports are counted. */
const MAX_PORTS = 3;

/** `timed out`; for failures of some of several dialed ports, `refused on 80, 443`. */
export function outcomeText({ dialledPorts, failedPorts }: GraphEdge, outcome: EdgeOutcome): string {
  const text = outcome.replaceAll("_", " ");
  if (dialledPorts.length < 2) return text;
  const ports = failedPorts.filter((failed) => failed.outcome === outcome).map(({ port }) => port);
  if (ports.length === 0) return text;
  return `${text} on ${ports.length > MAX_PORTS ? `${ports.length} ports` : ports.join(", ")}`;
}

/** `120` connections; without any, `4 lookups`. */
function attemptText(edge: GraphEdge): string {
  const connections = connectionCount(edge);
  return connections > 0 ? `${connections}` : countText(lookupCount(edge), "lookup");
}

/** An edge as a short label: `120`, `120 (3 refused)`, `4 lookups`. */
export function edgeLabel(edge: GraphEdge): string {
  const failed = failureText(edge);
  return failed === "" ? attemptText(edge) : `${attemptText(edge)} (${failed})`;
}

/** Dialled ports, and served ports if they differ: `443`, `80 → 8080`. */
export function portText(edge: GraphEdge): string {
  const dialled = edge.dialledPorts.join(", ");
  const served = edge.servedPorts.join(", ");
  if (served === "" || served === dialled) return dialled;
  return dialled === "" ? served : `${dialled} → ${served}`;
}

/** Milliseconds with useful precision: `0.412`, `12.3`, `1500`. */
export function millisText(millis: number): string {
  return millis < 10 ? String(Math.round(millis * 1000) / 1000) : String(Math.round(millis * 10) / 10);
}

/** The label of a drawn edge: its count, and in a second line `3 refused`, or `3 failed` for different failures. */
export function edgeLabelLines(edge: GraphEdge): readonly string[] {
  const failed = failureCount(edge);
  if (failed === 0) return [attemptText(edge)];
  const line = failures(edge).length === 1 ? failureText(edge) : `${failed} failed`;
  return failed === sum(edge, EDGE_OUTCOMES) ? [line] : [attemptText(edge), line];
}
