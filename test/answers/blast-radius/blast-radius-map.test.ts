import assert from "node:assert/strict";
import { test } from "node:test";
import { reach } from "../../../src/answers/blast-radius/blast-radius.ts";
import { blastRadiusMap } from "../../../src/answers/blast-radius/blast-radius-map.ts";
import { renderGraph } from "../../../src/render/render.ts";
import { shopGraph } from "../../render/support/shop-graph.ts";

test("the picture marks what is down and what is hit, and fades the rest", async () => {
  const graph = shopGraph(60);
  const target = graph.nodes.filter(({ id }) => id === "workload/shop/postgres");
  const answer = reach(graph, target, { direction: "callers", maxDepth: null });
  const svg = await blastRadiusMap(graph, "svg", answer, null);
  const cards = (mark: string): number => svg.match(new RegExp(`class="card \\w+ ${mark}"`, "g"))?.length ?? 0;
  assert.ok(answer.hits.length > 1);
  assert.deepEqual(
    [cards("down"), cards("hit"), cards("out")],
    [1, answer.hits.length, graph.nodes.length - 1 - answer.hits.length],
  );
  const near = new Set([...target, ...answer.hits.map(({ node }) => node)].map(({ id }) => id));
  const inside = graph.edges.filter(({ client, server }) => near.has(client) && near.has(server)).length;
  assert.equal(svg.match(/class="edge(?: failed)? out"/g)?.length, graph.edges.length - inside);
  assert.doesNotMatch(await renderGraph(graph, "svg"), / (down|hit|out)"/);
});

test("the page opens with the zone, its direction and its depth", async () => {
  const graph = shopGraph(16);
  const target = graph.nodes.slice(0, 1);
  const answer = reach(graph, target, { direction: "needs", maxDepth: 2 });
  const html = await blastRadiusMap(graph, "html", answer, 2);
  const fields = new URLSearchParams(/"view":"([^"]*)"/.exec(html)?.[1]);
  assert.deepEqual(
    [...fields],
    [
      ["down", target[0]?.id],
      ["needs", "1"],
      ["depth", "2"],
    ],
  );
});
