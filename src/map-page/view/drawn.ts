import type { MapData } from "../../model/map-data.ts";
import type { Groups } from "./groups.ts";
import type { Shown } from "./shown.ts";

/** Edges between the same two boxes, at least one of them a folded group. */
export interface Bundle {
  readonly from: End;
  readonly to: End;
  /** Indices into `MapData.edges`. */
  readonly edges: readonly number[];
  readonly connections: number;
  readonly failed: number;
}

/** A box on the map. */
export interface End {
  readonly type: "node" | "group";
  readonly index: number;
}

interface FoldedGroup {
  readonly index: number;
  readonly nodes: number;
  /** Edges inside that fail. */
  readonly failing: number;
}

/** The elements of a drawing. */
export interface Drawn {
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly groups: readonly FoldedGroup[];
  /** Groups that are not folded and have a visible node. */
  readonly frames: readonly number[];
  readonly bundles: readonly Bundle[];
}

/** What is drawn of a graph: folded groups as one box each, with the edges at them bundled. */
export function drawnOf(data: MapData, groups: Groups, shown: Shown, folded: ReadonlySet<number>): Drawn {
  const endOf = (node: number): End => {
    const group = groups.of(node);
    return group !== null && folded.has(group) ? { type: "group", index: group } : { type: "node", index: node };
  };
  const bundles = new Map<string, { from: End; to: End; edges: number[]; connections: number; failed: number }>();
  const edges: number[] = [];
  const failing = new Map<number, number>();
  for (const index of shown.edges) {
    const edge = data.edges[index];
    if (edge === undefined) continue;
    const [from, to] = [endOf(edge.client), endOf(edge.server)];
    if (from.type === "node" && to.type === "node") edges.push(index);
    else if (from.type === to.type && from.index === to.index) {
      if (edge.failed > 0) failing.set(from.index, (failing.get(from.index) ?? 0) + 1);
    } else {
      const key = `${from.type}-${from.index}-${to.type}-${to.index}`;
      const bundle = bundles.get(key) ?? { from, to, edges: [], connections: 0, failed: 0 };
      bundle.edges.push(index);
      bundle.connections += edge.connections;
      bundle.failed += edge.failed;
      bundles.set(key, bundle);
    }
  }
  const visible = [...shown.nodes];
  const nodes = visible.filter((node) => endOf(node).type === "node");
  const sizes = new Map<number, number>();
  for (const node of visible) {
    const end = endOf(node);
    if (end.type === "group") sizes.set(end.index, (sizes.get(end.index) ?? 0) + 1);
  }
  return {
    nodes,
    edges,
    groups: [...sizes].map(([index, size]) => ({ index, nodes: size, failing: failing.get(index) ?? 0 })),
    frames: [...new Set(nodes.flatMap((node) => data.nodes[node]?.namespace ?? []))],
    bundles: [...bundles.values()],
  };
}
