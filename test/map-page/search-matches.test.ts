import assert from "node:assert/strict";
import { test } from "node:test";
import { SearchIndex } from "../../src/map-page/search-matches.ts";
import type { Choice } from "../../src/model/map-data.ts";
import { layoutGraph } from "../../src/render/drawing/layout.ts";
import { toMapData } from "../../src/render/drawing/map-model.ts";
import { shopGraph } from "../render/support/shop-graph.ts";

test("the search finds titles first, then labels and DNS names, ignores case, and returns at most 12", async () => {
  const graph = shopGraph(30);
  const data = toMapData(graph, await layoutGraph(graph));
  const index = new SearchIndex(data);
  const titleOf = ({ type, index: at }: Choice): string =>
    (type === "node" ? data.nodes[at]?.title : data.namespaces[at]?.name) ?? "";
  const titles = (text: string): string[] => index.find(text).map(titleOf);
  const [edge] = data.edges.filter(({ names }) => names.length > 0);
  assert.ok(edge);
  const [name = ""] = edge.names;
  const server = data.nodes[edge.server];
  assert.ok(server);
  assert.equal(titles(server.title.toUpperCase())[0], server.title);
  assert.ok(titles(name.toUpperCase()).includes(server.title), name);
  assert.ok(titles("").length === 0 && titles("no such name").length === 0);
  assert.ok(titles("o").length === 12);
});
