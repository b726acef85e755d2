import type cytoscape from "cytoscape";
import type { MapData } from "../model/map-data.ts";

/** From this number on, edges between namespaces are thinner than those inside. */
const MANY_EDGES = 150;

/** Font size at which a title fits into its card in a wide font. */
function fittingSize(title: string, width: number, isBold: boolean): number {
  return (width - 8) / (Math.max(1, [...title].length) * (isBold ? 0.68 : 0.6));
}

/** The graph as Cytoscape elements. Namespaces are boxes in the background with separate titles. */
export function mapElements(data: MapData): cytoscape.ElementDefinition[] {
  const elements: cytoscape.ElementDefinition[] = [];
  data.namespaces.forEach(({ name, x, y, width, height }, index) => {
    const shared = { name, width, height, namespace: index };
    const choice = { type: "namespace", index };
    elements.push({ data: { id: `namespace-${index}`, choice, ...shared }, classes: "namespace", position: { x, y } });
    elements.push({
      data: {
        id: `title-${index}`,
        ...shared,
        width: 1,
        height: 1,
        box: { x, y, width, height },
        fontSize: 14,
        outline: 0,
      },
      classes: "namespace-title",
      position: { x, y },
    });
  });
  data.nodes.forEach(({ title, type, namespace, x, y, width, height }, index) => {
    elements.push({
      data: {
        id: `node-${index}`,
        title,
        width,
        height,
        fit: fittingSize(title, width, !data.isCompact),
        choice: { type: "node", index },
      },
      classes: `card ${type}${namespace === null ? "" : ` in-${namespace}`}`,
      position: { x, y },
    });
  });
  const isDense = data.edges.length > MANY_EDGES;
  data.edges.forEach(({ client, server, connections, failed, caption, curve }, index) => {
    const isFar = isDense && data.nodes[client]?.namespace !== data.nodes[server]?.namespace;
    elements.push({
      data: {
        ...curve,
        id: `edge-${index}`,
        source: `node-${client}`,
        target: `node-${server}`,
        caption,
        width: (isFar ? 0.5 : 1) * (1.2 + Math.min(2.2, Math.log10(1 + connections) * 0.55)),
        choice: { type: "edge", index },
      },
      classes: `${curve.type}${curve.type === "points" && !curve.hasPlace ? " quiet" : ""}${isFar ? " far" : ""}${failed > 0 ? " failed" : ""}`,
    });
  });
  return elements;
}
