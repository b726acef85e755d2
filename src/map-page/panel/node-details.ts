/// <reference lib="dom" />

import { connectionsOf, edgeRows, failuresOf } from "./edge-rows.ts";
import { makeElement } from "./make-element.ts";
import type { PanelContext } from "./panel-context.ts";
import { actionButton, figure, heading, type RowMaker, section, tags } from "./panel-parts.ts";

/** Details of a node: its callers, the nodes that it calls, and the DNS names of its clients for it. */
export function nodeDetails({ data, edges, actions }: PanelContext, index: number, rows: RowMaker): HTMLElement[] {
  const { nodes } = data;
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
    makeElement(
      "div",
      "actions",
      actionButton("Blast radius", () => actions.blastRadius(node.id, false), "b"),
      actionButton("Needs", () => actions.blastRadius(node.id, true)),
      actionButton("Hide", () => actions.hide(node.id), "h"),
      actionButton("1 hop", () => actions.focus(node.id, 1), "f"),
      actionButton("2 hops", () => actions.focus(node.id, 2)),
      actionButton("3 hops", () => actions.focus(node.id, 3)),
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
