import type cytoscape from "cytoscape";
import { type NamespaceColors, namespaceColors } from "./namespace-colors.ts";

/** The Cytoscape style sheet, with the colors of the page. */
export function mapStyle(
  color: (name: string) => string,
  isDark: boolean,
  isCompact: boolean,
): cytoscape.StylesheetJson {
  const font = getComputedStyle(document.body).fontFamily;
  const colors = (node: cytoscape.NodeSingular): NamespaceColors =>
    namespaceColors(node.data("namespace") as number, isDark);
  const typed = (type: string): cytoscape.StylesheetJson[number] => ({
    selector: `node.${type}`,
    style: { "border-color": color(`--${type}`), "background-color": color("--card") },
  });
  return [
    {
      selector: "node",
      style: { "font-family": font, width: "data(width)", height: "data(height)", shape: "round-rectangle" },
    },
    // By default edges are below all boxes, where the mouse does not reach them.
    { selector: "node, edge", style: { "z-index-compare": "manual" } },
    {
      selector: "node.namespace",
      style: {
        "background-color": (node) => colors(node).fill,
        "background-opacity": (node: cytoscape.NodeSingular) => colors(node).fillOpacity,
        "border-width": 1,
        "border-color": (node) => colors(node).border,
        "corner-radius": "16px",
        "z-index": 0,
      },
    },
    {
      selector: "node.namespace-title",
      style: {
        "background-opacity": 0,
        "border-width": 0,
        events: "no",
        label: "data(name)",
        color: (node: cytoscape.NodeSingular) => colors(node).title,
        "font-weight": 600,
        "font-size": "data(fontSize)",
        "text-valign": "center",
        "text-halign": "center",
        "text-outline-color": color("--page"),
        "text-outline-width": "data(outline)",
        "text-outline-opacity": 0.85,
        "z-index": 40,
      },
    },
    {
      selector: "node.folded",
      style: {
        "background-color": (node) => colors(node).folded,
        "border-width": 2,
        "border-color": (node) => colors(node).border,
        "corner-radius": "16px",
        label: "data(label)",
        color: color("--text"),
        "font-size": "data(fontSize)",
        "font-weight": 600,
        "text-wrap": "wrap",
        "text-valign": "center",
        "text-halign": "center",
        "line-height": 1.2,
        "min-zoomed-font-size": 5,
        "z-index": 20,
      },
    },
    { selector: "node.outside", style: { "min-zoomed-font-size": 8.5 } },
    {
      selector: "node.card",
      style: {
        label: "data(title)",
        color: color("--text"),
        "font-size": 13,
        "font-weight": isCompact ? 400 : 600,
        "text-valign": "center",
        "text-halign": "center",
        "min-zoomed-font-size": 6,
        "border-width": 1.5,
        "corner-radius": "9px",
        "z-index": 20,
      },
    },
    typed("workload"),
    typed("service"),
    typed("node"),
    typed("external"),
    typed("unresolved"),
    { selector: "node.service, node.external, node.unresolved", style: { "border-style": "dashed" } },
    {
      selector: "edge",
      style: {
        width: "data(width)",
        "line-color": color("--line"),
        "target-arrow-color": color("--line"),
        "target-arrow-shape": "triangle",
        "arrow-scale": 0.9,
        "curve-style": "bezier",
        "z-index": 10,
        "font-family": font,
        "font-size": 10.5,
        color: color("--muted"),
        "text-wrap": "wrap",
        "text-background-color": color("--page"),
        "text-background-opacity": 0.85,
        "text-background-padding": "2px",
        "text-background-shape": "roundrectangle",
        "min-zoomed-font-size": 7,
      },
    },
    {
      selector: "edge.points",
      style: {
        "curve-style": "segments",
        "segment-weights": "data(weights)" as unknown as number[],
        "segment-distances": "data(distances)" as unknown as number[],
        "edge-distances": "node-position",
        "text-margin-x": "data(captionX)" as unknown as number,
        "text-margin-y": "data(captionY)" as unknown as number,
        label: "data(caption)",
      },
    },
    { selector: "edge.bundle", style: { label: "data(caption)" } },
    { selector: "edge.quiet", style: { label: "" } },
    {
      selector: "edge.bend",
      style: {
        "curve-style": "unbundled-bezier",
        "control-point-distances": "data(distance)" as unknown as number[],
        "control-point-weights": [0.5],
      },
    },
    { selector: "edge.far", style: { "line-color": color("--line-far"), "target-arrow-color": color("--line-far") } },
    {
      selector: "edge.failed",
      style: {
        "line-color": color("--failed"),
        "target-arrow-color": color("--failed"),
        "line-style": "dashed",
        "line-dash-pattern": [7, 4],
        color: color("--failed"),
        "font-weight": 600,
        "z-index": 15,
      },
    },
    { selector: ".faded", style: { opacity: isDark ? 0.14 : 0.12 } },
    { selector: "node.namespace.faded, node.namespace-title.faded", style: { opacity: 0.45 } },
    {
      selector: "edge.near",
      style: { label: "data(caption)", "z-index": 30, "min-zoomed-font-size": 5 },
    },
    { selector: "edge.near.calls", style: { "line-color": color("--calls"), "target-arrow-color": color("--calls") } },
    {
      selector: "edge.near.called",
      style: { "line-color": color("--called"), "target-arrow-color": color("--called") },
    },
    {
      selector: "edge.near.failed",
      style: { "line-color": color("--failed"), "target-arrow-color": color("--failed") },
    },
    {
      selector: "node.hit",
      style: { "border-style": "solid", "border-color": color("--failed"), "background-color": color("--failed-soft") },
    },
    {
      selector: "node.down",
      style: {
        "border-style": "solid",
        "border-color": color("--failed"),
        "background-color": color("--failed"),
        color: color("--surface"),
      },
    },
    { selector: "node.card.hovered", style: { "background-color": color("--hover"), color: color("--text") } },
    { selector: "node.folded.hovered", style: { "overlay-opacity": 0.08, "overlay-color": color("--accent") } },
    {
      selector: "edge.hovered",
      style: { "overlay-opacity": 0.12, "overlay-color": color("--accent") },
    },
    {
      selector: "node.chosen",
      style: {
        "outline-width": 3,
        "outline-color": color("--accent"),
        "border-style": "solid",
        "border-color": color("--accent"),
        "z-index": 35,
      },
    },
  ] as cytoscape.StylesheetJson;
}
