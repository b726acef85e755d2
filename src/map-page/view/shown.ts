import type { MapData, MapEdge } from "../../model/map-data.ts";
import type { ViewState } from "./view-state.ts";
import { zoneOf } from "./zone.ts";

/** The part of a graph that a view shows. */
export interface Shown {
  /** Indices into `MapData.nodes` and `MapData.edges`. */
  readonly nodes: ReadonlySet<number>;
  readonly edges: ReadonlySet<number>;
  /** With a blast radius: edges to the nearest node that is down, which has 0. */
  readonly distances: ReadonlyMap<number, number> | null;
}

/** The edges that meet all conditions of a view, and their ends. */
export function shownOf(data: MapData, view: ViewState): Shown {
  const passes = edgeFilter(data, view);
  const hidden = new Set(view.hidden);
  const isHidden = (node: number): boolean => hidden.has(data.nodes[node]?.id ?? "");
  const passing = data.edges.flatMap((edge, index) => (passes(edge) ? [index] : []));
  let edges = passing.filter((index) => !endsOf(data.edges[index]).some(isHidden));
  // Also those whose only neighbors are hidden.
  let nodes = new Set(passing.flatMap((index) => endsOf(data.edges[index])).filter((node) => !isHidden(node)));
  let distances: ReadonlyMap<number, number> | null = null;
  const indexOf = (id: string): number => data.nodes.findIndex((node) => node.id === id);
  if (view.focus !== null) {
    nodes = within(data, edges, indexOf(view.focus.id), view.focus.hops);
    edges = inside(data, edges, nodes);
  }
  if (view.blast !== null) {
    const down = view.blast.ids.map(indexOf).filter((index) => index >= 0);
    const zone = zoneOf(data, edges, down, view.blast);
    distances = zone.distances;
    edges = edges.filter((index) => zone.edges.has(index));
    nodes = new Set([...distances.keys(), ...edges.flatMap((index) => endsOf(data.edges[index]))]);
  }
  return { nodes, edges: new Set(edges), distances };
}

function endsOf(edge: MapEdge | undefined): readonly number[] {
  return edge === undefined ? [] : [edge.client, edge.server];
}

/** Nodes at most so many edges from one, in any direction. */
function within(data: MapData, edges: readonly number[], from: number, hops: number): Set<number> {
  const found = new Set(from < 0 ? [] : [from]);
  for (let hop = 0; hop < hops; hop++) {
    const next = edges.flatMap((index) => {
      const ends = endsOf(data.edges[index]);
      return ends.some((end) => found.has(end)) ? ends : [];
    });
    const size = found.size;
    for (const node of next) found.add(node);
    if (found.size === size) break;
  }
  return found;
}

function inside(data: MapData, edges: readonly number[], nodes: ReadonlySet<number>): number[] {
  return edges.filter((index) => endsOf(data.edges[index]).every((end) => nodes.has(end)));
}

function edgeFilter(data: MapData, view: ViewState): (edge: MapEdge) => boolean {
  const { namespaces, types, evidence, failing, age } = view;
  const words = view.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "" && word !== "-");
  const wanted = words.filter((word) => !word.startsWith("-"));
  const unwanted = words.filter((word) => word.startsWith("-")).map((word) => word.slice(1));
  return (edge) => {
    const ends = endsOf(edge).flatMap((end) => data.nodes[end] ?? []);
    if (failing && edge.failed === 0) return false;
    if (age !== null && edge.age > age) return false;
    if (evidence.length > 0 && !edge.evidence.some((each) => evidence.includes(each))) return false;
    if (types.length > 0 && !ends.some(({ type }) => types.includes(type))) return false;
    const names = ends.map(({ namespace }) => (namespace === null ? null : data.namespaces[namespace]?.name));
    if (namespaces.length > 0 && !names.some((name) => name != null && namespaces.includes(name))) return false;
    if (words.length === 0) return true;
    const text = [...ends.map(({ label }) => label), ...edge.names].join("\n").toLowerCase();
    return wanted.every((word) => text.includes(word)) && !unwanted.some((word) => text.includes(word));
  };
}
