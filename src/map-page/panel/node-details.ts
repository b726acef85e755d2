/// <reference lib="dom" />

import type { MapData } from "../../model/map-data.ts";
import { connectionsOf, edgeRows, failuresOf } from "./edge-rows.ts";
import { makeElement } from "./make-element.ts";
import { figure, heading, type RowMaker, section, tags } from "./panel-parts.ts";

/** Details of a node: its callers, the nodes that it calls, and the DNS names of its clients for it. */
export function nodeDetails(data: MapData, index: number, rows: RowMaker): HTMLElement[] {
  const { nodes, edges } = data;
  const node = nodes[index];
  if (node === undefined) return [];
  const incoming = edges.filter(({ server }) => server === index);
  const outgoing = edges.filter(({ client }) => client === index);
  const failed = failuresOf([...incoming, ...outgoing]);
  const namespace = node.namespace === null ? "" : ` in ${data.namespaces[node.namespace]?.name ?? ""}`;
  return [
    heading(`${node.kind}${namespace}`, node.title, node.type),
    makeElement(
      "div",
      "figures",
      figure(connectionsOf(incoming), "connections in"),
      figure(connectionsOf(outgoing), "connections out"),
      figure(failed, "failed", failed > 0),
    ),
    section(
      "Called by",
      edgeRows(data, incoming, ({ client }) => nodes[client]?.label ?? "", rows),
      "No caller observed.",
    ),
    section(
      "Calls",
      edgeRows(data, outgoing, ({ server }) => nodes[server]?.label ?? "", rows),
      "No call observed.",
    ),
    ...tags("Known as", [...new Set(incoming.flatMap(({ names }) => names))]),
  ];
}
