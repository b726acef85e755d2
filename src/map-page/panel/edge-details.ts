/// <reference lib="dom" />

import type { MapData, MapEdge } from "../../model/map-data.ts";
import { makeElement } from "./make-element.ts";
import { heading, numberText, type RowMaker, tags } from "./panel-parts.ts";

/** Details of an edge: its ends, outcomes, ports, times and DNS names. */
export function edgeDetails(data: MapData, index: number, rows: RowMaker): HTMLElement[] {
  const edge = data.edges[index];
  const client = edge && data.nodes[edge.client];
  const server = edge && data.nodes[edge.server];
  if (edge === undefined || client === undefined || server === undefined) return [];
  const ends = [
    rows.row({ type: "node", index: edge.client }, client.label, "client"),
    rows.row({ type: "node", index: edge.server }, server.label, "server"),
  ];
  const isFailing = edge.failed > 0;
  return [
    heading(isFailing ? "failing edge" : "edge", `${client.title} → ${server.title}`, isFailing ? "failure" : "line"),
    makeElement("section", "", ...ends),
    makeElement("section", "", makeElement("h2", "", "Outcomes"), ...outcomeLines(edge)),
    makeElement("section", "", makeElement("h2", "", "Details"), detailList(edge)),
    ...tags("DNS names", edge.names),
  ];
}

function outcomeLines({ outcomes }: MapEdge): HTMLElement[] {
  return outcomes.map(([text, count, isFailure]) => {
    const [label, number] = [makeElement("span", "", text), makeElement("b", "", numberText(count))];
    return makeElement("div", isFailure ? "outcome bad" : "outcome", label, number);
  });
}

function detailList({ ports, ownSpans, handshake: [p50, p90, p99], firstSeen, lastSeen }: MapEdge): HTMLElement {
  const details: readonly (readonly [name: string, value: string | undefined])[] = [
    ["Ports", ports],
    ["Own spans", ownSpans],
    ["Handshake p50", p50],
    ["Handshake p90", p90],
    ["Handshake p99", p99],
    ["First seen", firstSeen],
    ["Last seen", lastSeen],
  ];
  const items = details.flatMap(([name, value]) =>
    value ? [makeElement("dt", "", name), makeElement("dd", "", value)] : [],
  );
  return makeElement("dl", "facts", ...items);
}
