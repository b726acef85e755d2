import type cytoscape from "cytoscape";
import type { MapData } from "../../model/map-data.ts";
import { countText } from "../../text/number-text.ts";
import type { Bundle, Drawn, End } from "../view/drawn.ts";
import type { Groups } from "../view/groups.ts";

/** From this number on, edges between namespaces are thinner than those inside. */
const MANY_EDGES = 150;

/** Font size at which a title fits into its card in a wide font. */
function fittingSize(title: string, width: number, isBold: boolean): number {
  return (width - 8) / (Math.max(1, [...title].length) * (isBold ? 0.68 : 0.6));
}

function strokeWidth(connections: number): number {
  return 1.2 + Math.min(2.2, Math.log10(1 + connections) * 0.55);
}

/** Makes the Cytoscape elements of a drawing. Namespaces are boxes in the background with separate titles. */
export class ElementMaker {
  readonly #data: MapData;
  readonly #groups: Groups;

  constructor(data: MapData, groups: Groups) {
    this.#data = data;
    this.#groups = groups;
  }

  /** By their ids. An element with the same id is always the same, except for the texts of folded groups and bundles. */
  elements({ nodes, edges, groups, frames, bundles }: Drawn): Map<string, cytoscape.ElementDefinition> {
    const made = [
      ...frames.flatMap((index) => this.#frame(index)),
      ...groups.map(({ index, nodes: size, failing }) => this.#folded(index, size, failing)),
      ...nodes.map((index) => this.#node(index)),
      ...edges.map((index) => this.#edge(index, edges.length > MANY_EDGES)),
      ...bundles.map((bundle, index) => bundleElement(bundle, index, bundles.length > MANY_EDGES)),
    ];
    return new Map(made.map((element) => [element.data.id ?? "", element]));
  }

  #frame(index: number): cytoscape.ElementDefinition[] {
    const { name = "", x = 0, y = 0, width = 0, height = 0 } = this.#data.namespaces[index] ?? {};
    const shared = { name, namespace: index };
    return [
      {
        data: { id: `namespace-${index}`, choice: { type: "namespace", index }, ...shared, width, height },
        classes: "namespace",
        position: { x, y },
      },
      {
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
      },
    ];
  }

  #folded(index: number, size: number, failing: number): cytoscape.ElementDefinition {
    const { title = "", x = 0, y = 0, width = 0, height = 0 } = this.#groups.all[index] ?? {};
    const failed = failing > 0 ? [`${failing} failing`] : [];
    const isWide = width > 2 * height;
    const count = countText(size, "node");
    const lines = [title, ...(isWide ? [[count, ...failed].join(", ")] : [count, ...failed])];
    const longest = Math.max(...lines.map((line) => [...line].length));
    return {
      data: {
        id: `group-${index}`,
        choice: { type: "namespace", index },
        namespace: index,
        label: lines.join("\n"),
        width,
        height,
        fit: Math.min((0.9 * width) / (longest * 0.66), (0.9 * height) / (lines.length * 1.25)),
        fontSize: 14,
      },
      classes: index < this.#data.namespaces.length ? "folded" : "folded outside",
      position: { x, y },
    };
  }

  #node(index: number): cytoscape.ElementDefinition {
    const { title = "", type = "", x = 0, y = 0, width = 0, height = 0 } = this.#data.nodes[index] ?? {};
    const group = this.#groups.of(index);
    return {
      data: {
        id: `node-${index}`,
        title,
        width,
        height,
        fit: fittingSize(title, width, !this.#data.isCompact),
        choice: { type: "node", index },
      },
      classes: `card ${type}${group === null ? "" : ` in-${group}`}`,
      position: { x, y },
    };
  }

  #edge(index: number, isDense: boolean): cytoscape.ElementDefinition {
    const { nodes, edges } = this.#data;
    const edge = edges[index];
    if (edge === undefined) throw new Error(`no edge ${index}`);
    const { client, server, connections, failed, caption, curve } = edge;
    const isFar = isDense && nodes[client]?.namespace !== nodes[server]?.namespace;
    const isQuiet = curve.type === "points" && !curve.hasPlace;
    return {
      data: {
        ...curve,
        id: `edge-${index}`,
        source: `node-${client}`,
        target: `node-${server}`,
        caption,
        width: (isFar ? 0.5 : 1) * strokeWidth(connections),
        choice: { type: "edge", index },
      },
      classes: `${curve.type}${isQuiet ? " quiet" : ""}${isFar ? " far" : ""}${failed > 0 ? " failed" : ""}`,
    };
  }
}

function bundleElement(
  { from, to, edges, connections, failed }: Bundle,
  index: number,
  isDense: boolean,
): cytoscape.ElementDefinition {
  const idOf = ({ type, index: end }: End): string => `${type}-${end}`;
  return {
    data: {
      id: `bundle-${idOf(from)}-${idOf(to)}`,
      source: idOf(from),
      target: idOf(to),
      width: (isDense ? 0.4 : 1) * strokeWidth(connections),
      distance: 24,
      caption: [`${connections}`, ...(failed > 0 ? [`${failed} failed`] : [])].join("\n"),
      count: edges.length,
      choice: { type: "bundle", index },
    },
    classes: `bend bundle${isDense ? " far" : ""}${failed > 0 ? " failed" : ""}`,
  };
}
