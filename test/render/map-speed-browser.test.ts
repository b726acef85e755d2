import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, it } from "node:test";
import type cytoscape from "cytoscape";
import type { Page } from "playwright-core";
import { EdgeStore } from "../../src/graph/store/edge-store.ts";
import type { Workload } from "../../src/model/interaction.ts";
import { temporaryFolder } from "../support/cli/wirespan.ts";
import { repositoryRoot } from "../support/paths.ts";
import { MapBrowser } from "./support/map-browser.ts";
import { makeInteraction } from "./support/shop-graph.ts";

/** Globals of both pages. Functions passed to `evaluate` run in the page. */
declare const wirespanMap: cytoscape.Core;

const NODES = 1000;
const NAMESPACES = 40;
/** How often both pages are measured; the least of each counts, as others use the machine too. */
const ROUNDS = 3;

/** 1,000 workloads in 40 namespaces, each calling three others, one of them in another namespace. */
function largeGraph() {
  const named = (index: number): Workload => {
    const namespace = `team-${index % NAMESPACES}`;
    const name = `service-${index}`;
    const own = { serviceName: name, serviceNamespace: namespace, ownSpans: "unsaid" } as const;
    return { type: "workload", namespace, name, kind: "Deployment", ...own };
  };
  const store = new EdgeStore();
  for (let i = 0; i < NODES; i++) {
    for (const step of [NAMESPACES, 3 * NAMESPACES, 7 + (i % 5)]) {
      const outcome = i % 50 === 0 ? "refused" : "established";
      store.add(makeInteraction({ client: named(i), server: named((i + step) % NODES), outcome }));
    }
  }
  return store.graph();
}

/** Cytoscape.js without anything else, with a node for each workload and an edge for each edge. */
function barePage(
  positions: readonly { id: string; x: number; y: number }[],
  edges: readonly (readonly string[])[],
): string {
  const library = readFileSync(join(repositoryRoot, "node_modules/cytoscape/dist/cytoscape.min.js"), "utf8");
  const elements = [
    ...positions.map(({ id, x, y }) => ({ data: { id, label: id }, position: { x, y } })),
    ...edges.map(([source, target], i) => ({ data: { id: `e${i}`, source, target } })),
  ];
  return `<!doctype html><meta charset="utf-8"><style>html,body,#map{height:100%;margin:0}</style><div id="map"></div>
<script>${library.replaceAll("</script", "<\\/script")}</script><script>
globalThis.wirespanMap = cytoscape({ container: document.getElementById("map"), elements: ${JSON.stringify(elements)},
  layout: { name: "preset", fit: true }, textureOnViewport: true,
  style: [{ selector: "node", style: { label: "data(label)", shape: "round-rectangle", width: 120, height: 28 } },
    { selector: "edge", style: { "curve-style": "bezier", "target-arrow-shape": "triangle" } }] });
document.documentElement.dataset.ready = "true";
</script>`;
}

/** Milliseconds of a frame in which the map moves, at the 95th percentile. */
function panTime(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    await frame();
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      const started = performance.now();
      wirespanMap.panBy({ x: i % 2 === 0 ? 60 : -60, y: i % 4 < 2 ? 20 : -20 });
      await frame();
      await frame();
      times.push(performance.now() - started);
    }
    return times.sort((a, b) => a - b)[18] ?? 0;
  });
}

let browser: MapBrowser;
before(async () => {
  browser = await MapBrowser.start();
});
after(() => browser.close());

it("1,000 nodes and 3,000 edges: ready and pan while folded, beside a bare Cytoscape page with the same elements", async (t) => {
  const graph = largeGraph();
  assert.deepEqual([graph.nodes.length, graph.edges.length], [NODES, 3 * NODES]);
  const file = join(temporaryFolder(t), "bare.html");
  const side = Math.ceil(Math.sqrt(NODES));
  const positions = graph.nodes.map(({ id }, i) => ({ id, x: (i % side) * 150, y: Math.floor(i / side) * 60 }));
  writeFileSync(
    file,
    barePage(
      positions,
      graph.edges.map(({ client, server }) => [client, server]),
    ),
  );
  const least = { ready: Infinity, pan: Infinity, bareReady: Infinity, barePan: Infinity };
  for (let round = 0; round < ROUNDS; round++) {
    const bare = await browser.openFile(file);
    least.bareReady = Math.min(least.bareReady, bare.loadMillis);
    least.barePan = Math.min(least.barePan, await panTime(bare.page));
    await bare.page.close();
    const map = await browser.open(graph);
    least.ready = Math.min(least.ready, map.loadMillis);
    least.pan = Math.min(least.pan, await panTime(map.page));
    await map.page.close();
  }
  const [ready, pan] = [least.ready / least.bareReady, least.pan / least.barePan];
  console.log(
    `  ready ${ready.toFixed(2)} times (${least.ready.toFixed(0)} ms), pan ${pan.toFixed(2)} times (${least.pan.toFixed(0)} ms) those of the bare page`,
  );
  assert.ok(ready <= 1.5, `ready takes ${ready} times as long`);
  assert.ok(pan <= 1.2, `pan takes ${pan} times as long`);
});
