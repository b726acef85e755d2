import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reach } from "../../../src/answers/blast-radius/blast-radius.ts";
import { drawnOf } from "../../../src/map-page/view/drawn.ts";
import { Groups } from "../../../src/map-page/view/groups.ts";
import { shownOf } from "../../../src/map-page/view/shown.ts";
import { type ViewState, WHOLE_MAP } from "../../../src/map-page/view/view-state.ts";
import type { MapData } from "../../../src/model/map-data.ts";
import type { GraphNode, Labels, ServiceGraph } from "../../../src/model/service-graph.ts";
import { layoutGraph } from "../../../src/render/drawing/layout.ts";
import { toMapData } from "../../../src/render/drawing/map-model.ts";
import { description, service } from "../../access/support/described.ts";
import { shopGraph } from "../../render/support/shop-graph.ts";

async function mapOf(graph: ServiceGraph): Promise<MapData> {
  return toMapData(graph, await layoutGraph(graph));
}

/** Each Service of the graph selects the workloads of its namespace that begin with its first letter, and is dialed for them. */
function withServices(graph: ServiceGraph): ServiceGraph {
  const services = graph.nodes.filter(({ type }) => type === "service");
  assert.ok(services.length > 0);
  const initial = ({ name }: GraphNode): Labels => ({ initial: name.slice(0, 1) });
  const nodes = graph.nodes.map((node): GraphNode => {
    if (node.type === "service") return { ...node, service: service({ selector: initial(node) }) };
    return node.type === "workload" ? { ...node, workload: [description(initial(node))] } : node;
  });
  const edges = graph.edges.map((edge, index) => {
    const { namespace, name } = services[index % services.length] ?? {};
    const outcomes = { ...edge.outcomes, established: edge.outcomes.established + 1 };
    return { ...edge, outcomes, flows: edge.flows.map((flow) => ({ ...flow, service: `${namespace}/${name}` })) };
  });
  return { ...graph, nodes, edges };
}

/** `client → server` of each edge that a view shows. */
function edgesOf(data: MapData, change: Partial<ViewState>): string[] {
  return [...shownOf(data, { ...WHOLE_MAP, ...change }).edges].map((index) => {
    const { client = -1, server = -1 } = data.edges[index] ?? {};
    return `${data.nodes[client]?.label} → ${data.nodes[server]?.label}`;
  });
}

describe("what a view shows", () => {
  it("is the whole graph without filters", async () => {
    const data = await mapOf(shopGraph(60));
    const shown = shownOf(data, WHOLE_MAP);
    assert.deepEqual([shown.nodes.size, shown.edges.size], [data.nodes.length, data.edges.length]);
  });

  it("is what meets every condition", async () => {
    const data = await mapOf(shopGraph(60));
    const all = edgesOf(data, {});
    const of = (pattern: RegExp): string[] => all.filter((edge) => pattern.test(edge));
    const same = (a: string[], b: string[]): void => {
      assert.ok(a.length > 0 && a.length < all.length);
      assert.deepEqual(a, b);
    };
    same(edgesOf(data, { namespaces: ["shop"] }), of(/(^| )shop\//));
    same(edgesOf(data, { types: ["external"] }), of(/\(external\)|^external/));
    same(edgesOf(data, { text: "POSTGRES" }), of(/postgres/));
    same(
      edgesOf(data, { text: "orders -shop" }),
      of(/orders/).filter((edge) => !/shop/.test(edge)),
    );
    same(edgesOf(data, { evidence: ["lookup"] }), of(/no such service/));
    const failing = data.edges.flatMap(({ failed }, index) => (failed > 0 ? [all[index] ?? ""] : []));
    same(edgesOf(data, { failing: true }), failing);
    const old = Math.max(...data.edges.map(({ age }) => age));
    same(
      edgesOf(data, { age: old - 1 }),
      data.edges.flatMap(({ age }, i) => (age < old ? [all[i] ?? ""] : [])),
    );
  });

  it("has no hidden node, but the neighbors that it leaves alone", async () => {
    const data = await mapOf(shopGraph(60));
    const hub = data.nodes.findIndex(({ label }) => label === "shop/orders");
    const shown = shownOf(data, { ...WHOLE_MAP, hidden: [data.nodes[hub]?.id ?? ""] });
    assert.equal(shown.nodes.size, data.nodes.length - 1);
    const left = data.edges.filter(({ client, server }) => client !== hub && server !== hub);
    assert.ok(left.length < data.edges.length);
    assert.equal(shown.edges.size, left.length);
  });

  it("is at most so many hops from a node", async () => {
    const data = await mapOf(shopGraph(60));
    const from = data.nodes.findIndex(({ label }) => label === "shop/orders");
    const focus = (hops: number) => shownOf(data, { ...WHOLE_MAP, focus: { id: data.nodes[from]?.id ?? "", hops } });
    const near = data.edges.flatMap(({ client, server }) =>
      client === from || server === from ? [client, server] : [],
    );
    assert.deepEqual([...focus(1).nodes].sort(), [...new Set(near)].sort());
    assert.ok(focus(2).nodes.size > focus(1).nodes.size);
    for (const node of focus(1).nodes) assert.ok(focus(2).nodes.has(node));
  });

  it("is the zone that wirespan blast-radius finds", async () => {
    const graphs = [1, 2, 3].map((seed) => shopGraph(80, seed));
    for (const graph of [...graphs, withServices(shopGraph(80, 4))]) {
      const data = await mapOf(graph);
      for (const node of graph.nodes.slice(0, 40)) {
        for (const needs of [false, true]) {
          const view = { ...WHOLE_MAP, blast: { ids: [node.id], needs, maxDepth: null } };
          const { distances } = shownOf(data, view);
          assert.ok(distances !== null);
          const { hits } = reach(graph, [node], { direction: needs ? "needs" : "callers", maxDepth: null });
          const found = [...distances]
            .filter(([, distance]) => distance > 0)
            // Clients outside the cluster are an answer of their own there.
            .filter(([index]) => needs || data.nodes[index]?.type !== "external")
            .map(([index, distance]) => `${data.nodes[index]?.id} ${distance}`);
          assert.deepEqual(found.sort(), hits.map((hit) => `${hit.node.id} ${hit.distance}`).sort(), node.id);
        }
      }
    }
  });
});

describe("what is drawn", () => {
  it("is folded above 150 nodes, with every edge in a bundle or inside a group", async () => {
    const graph = shopGraph(300);
    const data = await mapOf(graph);
    const groups = new Groups(data);
    const shown = shownOf(data, WHOLE_MAP);
    const folded = groups.folded(shown, []);
    assert.equal(folded.size, groups.all.length);
    const drawn = drawnOf(data, groups, shown, folded);
    assert.deepEqual([drawn.nodes, drawn.edges, drawn.frames], [[], [], []]);
    const inside = data.edges.filter(({ client, server }) => groups.of(client) === groups.of(server)).length;
    const bundled = drawn.bundles.flatMap(({ edges }) => edges);
    assert.equal(new Set(bundled).size, bundled.length);
    assert.equal(bundled.length + inside, data.edges.length);
    assert.equal(
      drawn.groups.reduce((sum, { nodes }) => sum + nodes, 0),
      data.nodes.length,
    );
    const open = groups.all.findIndex(({ title }) => title === "shop");
    const opened = drawnOf(data, groups, shown, groups.folded(shown, ["shop"]));
    assert.deepEqual([...opened.nodes].sort(), [...(groups.all[open]?.members ?? [])].sort());
    assert.deepEqual(opened.frames, [open]);
    assert.ok(opened.edges.length > 0);
  });

  it("is not folded when filters leave few nodes, and when the graph is small", async () => {
    const data = await mapOf(shopGraph(300));
    const groups = new Groups(data);
    assert.equal(groups.folded(shownOf(data, { ...WHOLE_MAP, namespaces: ["shop"] }), []).size, 0);
    const small = await mapOf(shopGraph(60));
    const folded = new Groups(small).folded(shownOf(small, WHOLE_MAP), []);
    assert.equal(folded.size, 0);
    assert.equal(new Groups(small).folded(shownOf(small, WHOLE_MAP), ["shop"]).size, 1);
  });
});
