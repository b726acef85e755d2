import type cytoscape from "cytoscape";
import type { MapData } from "../model/map-data.ts";

/** The graph as Cytoscape elements. Namespaces are boxes in the background with separate titles. */
export function mapElements(data: MapData): cytoscape.ElementDefinition[] {
  const elements: cytoscape.ElementDefinition[] = [];
  data.namespaces.forEach(({ name, x, y, width, height }, index) => {
    // The golden angle gives successive namespaces distant hues.
    const shared = { name, width, height, hue: Math.round(index * 137.508 + 210) % 360 };
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
      data: { id: `node-${index}`, title, width, height, choice: { type: "node", index } },
      classes: `card ${type}${namespace === null ? "" : ` in-${namespace}`}`,
      position: { x, y },
    });
  });
  const faint = data.edges.length > 400 ? 0.28 : data.edges.length > 150 ? 0.5 : 0.85;
  data.edges.forEach(({ client, server, connections, failed, caption, curve }, index) => {
    const isInside = data.nodes[client]?.namespace === data.nodes[server]?.namespace;
    elements.push({
      data: {
        ...curve,
        id: `edge-${index}`,
        source: `node-${client}`,
        target: `node-${server}`,
        caption,
        width: 1.2 + Math.min(2.2, Math.log10(1 + connections) * 0.55),
        opacity: isInside ? Math.min(1, faint * 1.8) : faint,
        choice: { type: "edge", index },
      },
      classes: `${curve.type}${failed > 0 ? " failed" : ""}`,
    });
  });
  return elements;
}
