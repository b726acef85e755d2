import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { instance } from "@viz-js/viz";
import { EdgeStore } from "../../src/graph/store/edge-store.ts";
import type { Workload } from "../../src/model/interaction.ts";
import { GRAPH_FORMATS } from "../../src/render/graph-formats.ts";
import { failureCount, millisText } from "../../src/render/labels/edge-figures.ts";
import { renderGraph } from "../../src/render/render.ts";
import { HOSTILE_NAMES, hostileGraph } from "./support/hostile-graph.ts";
import { makeInteraction, shopGraph } from "./support/shop-graph.ts";

/** Characters that no output may contain: controls, direction marks, unpaired surrogates. */
const HIDDEN = /[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|(?!\n)\p{Cc}/u;
const EMPTY = { cluster: null, incomplete: [], observed: [], nodes: [], edges: [] };

/** A ring of calls, each from one namespace to the next. */
function manyNamespaces(count: number) {
  const store = new EdgeStore();
  const named = (index: number): Workload => {
    const namespace = `team-${index % count}`;
    return { type: "workload", namespace, name: "api", kind: "Deployment", ...OWN, serviceNamespace: namespace };
  };
  for (let i = 0; i < count; i++) store.add(makeInteraction({ client: named(i), server: named(i + 1) }));
  return store.graph();
}

const OWN = { serviceName: "api", ownSpans: "unsaid" } as const;

describe("render", () => {
  for (const format of GRAPH_FORMATS) {
    it(`${format}: the same graph gives the same bytes, ending with one newline`, async () => {
      const text = await renderGraph(shopGraph(30), format);
      assert.equal(await renderGraph(shopGraph(30), format), text);
      assert.match(text, /[^\n]\n$/);
    });

    it(`${format}: an empty graph and hostile names do no harm`, async () => {
      assert.notEqual(await renderGraph(EMPTY, format), "");
      const text = await renderGraph(hostileGraph(), format);
      if (format === "html") return; // Its library has such characters; tested in a browser.
      assert.ok(!HIDDEN.test(format === "json" ? text.replace(/[\u00ad\u200b-\u206f]/g, "") : text));
    });
  }

  it("json: is JSON with every node, every edge, one per line", async () => {
    for (const graph of [EMPTY, shopGraph(30), hostileGraph()]) {
      const text = await renderGraph(graph, "json");
      const parsed = JSON.parse(text);
      assert.deepEqual([parsed.wirespan, parsed.version], ["graph", 1]);
      assert.deepEqual(parsed.nodes, graph.nodes);
      assert.deepEqual(
        parsed.edges.map((edge: { client: string; server: string }) => [edge.client, edge.server]),
        graph.edges.map((edge) => [edge.client, edge.server]),
      );
    }
    assert.equal(
      (await renderGraph(shopGraph(30), "json")).split("\n").filter((line) => line.startsWith('{"client"')).length,
      shopGraph(30).edges.length,
    );
  });

  it("table: one line per edge, failed ones marked, totals last", async () => {
    const graph = shopGraph(30);
    const lines = (await renderGraph(graph, "table")).trimEnd().split("\n");
    const failed = graph.edges.filter(
      ({ outcomes }) => outcomes.refused + outcomes.timed_out + outcomes.unreachable + outcomes.host_not_found > 0,
    ).length;
    assert.equal(lines.length, graph.edges.length + 3);
    assert.ok(failed > 0);
    assert.equal(lines.filter((line) => line.startsWith("✗")).length, failed);
    assert.match(
      lines.at(-1) ?? "",
      new RegExp(`^${graph.nodes.length} nodes, ${graph.edges.length} edges, \\d+ conn`),
    );
  });

  it("every output has each quantile in its own place", async () => {
    const store = new EdgeStore();
    const [client, server] = ["client.example", "server.example"].map((name) => ({ type: "external" as const, name }));
    assert.ok(client && server);
    // A hundred handshakes with p50 1 ms, p90 20 ms, p99 300 ms and a maximum of 4 s.
    for (let i = 1; i <= 100; i++) {
      const millis = i <= 60 ? 1 : i <= 95 ? 20 : i <= 99 ? 300 : 4_000;
      store.add(makeInteraction({ client, server, durationMicros: millis * 1_000 }));
    }
    const graph = store.graph();
    const { p50 = 0, p90 = 0, p99 = 0 } = graph.edges[0]?.handshake ?? {};
    for (const [found, millis] of [
      [p50, 1],
      [p90, 20],
      [p99, 300],
    ] as const) {
      assert.ok(Math.abs(found / millis - 1) < 0.02, `${found} ms, not ${millis} ms`);
    }
    const [head = "", row = ""] = (await renderGraph(graph, "table")).split("\n");
    assert.match(head, /p50 ms +p99 ms$/);
    assert.deepEqual(row.split(/ +/).slice(-2), [millisText(p50), millisText(p99)]);
    assert.deepEqual(JSON.parse(await renderGraph(graph, "json")).edges[0].handshakeMs, { p50, p90, p99 });
    const texts = [p50, p90, p99].map((millis) => `${millisText(millis)} ms`);
    assert.ok((await renderGraph(graph, "html")).includes(`"handshake":${JSON.stringify(texts)}`));
  });

  it("html: no name ends the script with the graph, or begins a comment in it", async () => {
    const html = await renderGraph(hostileGraph(), "html");
    const begin = '<script type="application/json" id="graph">';
    const from = html.indexOf(begin) + begin.length;
    const data = html.slice(from, html.indexOf("</script>", from));
    assert.doesNotMatch(data, /[<\u2028\u2029]/);
    const labels: string[] = JSON.parse(data).nodes.map(({ label }: { label: string }) => label);
    assert.ok(labels.some((label) => label.includes("<img src=x")));
    assert.ok(labels.some((label) => label.includes("</script><script>")));
    // The two scripts of the page follow.
    assert.equal(html.slice(from).match(/<script\b/g)?.length, 1);
  });

  it("table: fits the terminal width, and uses colors on demand", async () => {
    const graph = shopGraph(30);
    for (const width of [80, 100, 120, 200]) {
      const lines = (await renderGraph(graph, "table", { width })).split("\n");
      assert.ok(Math.max(...lines.map((line) => line.length)) <= width, `${width}`);
    }
    assert.ok((await renderGraph(graph, "table", { color: true })).includes("\u001b["));
    assert.ok(!(await renderGraph(graph, "table", { color: false })).includes("\u001b["));
  });

  it("dot: Graphviz reads every node and every edge with hostile names", async () => {
    const viz = await instance();
    for (const graph of [shopGraph(60), hostileGraph()]) {
      const result = viz.render(await renderGraph(graph, "dot"), { format: "json0", engine: "osage" });
      assert.equal(result.status, "success", JSON.stringify(result.errors));
      const json = JSON.parse(result.output ?? "");
      const nodes = json.objects.filter((object: { name: string }) => !object.name.startsWith("cluster_"));
      assert.equal(nodes.length, graph.nodes.length);
      assert.equal(json.edges.length, graph.edges.length);
    }
  });

  it("dot: draws hostile names as text and failed edges red and dashed", async () => {
    const viz = await instance();
    const svg = viz.renderString(await renderGraph(hostileGraph(), "dot"), { format: "svg" });
    assert.ok(svg.includes("&lt;img src=x"));
    assert.ok(!svg.includes("<img"));
    assert.ok(!svg.includes("<script"));
    const dashed = svg.match(/stroke="#dc2626" stroke-dasharray/g) ?? [];
    assert.equal(dashed.length, HOSTILE_NAMES.length);
  });

  it("mermaid: every line has a known form, and labels have plain characters and entities only", async () => {
    const label = '"(?:[\\p{L}\\p{N} ._/,:()~…-]|#\\d+;)*"';
    const forms = [
      "flowchart LR",
      `  subgraph s\\d+ \\[${label}\\]`,
      "  end",
      ` +n\\d+(?:\\(\\[|\\(|\\[|\\{\\{|>)${label}(?:\\]\\)|\\)|\\]|\\}\\}):::\\w+Node`,
      `  n\\d+ (?:-->|-\\.->)\\|${label}\\| n\\d+`,
      "  linkStyle \\d+(?:,\\d+)* stroke:#dc2626,color:#dc2626",
      "  classDef \\w+ fill:#\\w+,stroke:#\\w+,color:#\\w+",
    ];
    const form = new RegExp(`^(?:${forms.join("|")})$`, "u");
    for (const graph of [EMPTY, shopGraph(60), hostileGraph()]) {
      const lines = (await renderGraph(graph, "mermaid")).trimEnd().split("\n");
      for (const line of lines) assert.match(line, form);
      assert.equal(lines.filter((line) => /-->|-\.->/.test(line)).length, graph.edges.length);
    }
  });

  it("mermaid: a graph that Mermaid refuses is folded by namespace, with all failures, and says so", async () => {
    const graph = shopGraph(400);
    assert.ok(graph.edges.length > 500);
    const text = await renderGraph(graph, "mermaid");
    assert.ok((text.match(/-->|-\.->/g) ?? []).length <= 500 && text.length <= 50_000);
    const namespaces = new Set(graph.nodes.flatMap(({ namespace }) => namespace ?? []));
    for (const namespace of namespaces) assert.match(text, new RegExp(`\\("${namespace}"\\):::workloadNode`));
    const sum = (pattern: RegExp): number => [...text.matchAll(pattern)].reduce((total, [, n]) => total + Number(n), 0);
    assert.equal(
      sum(/\((\d+) failed\)/g),
      graph.edges.reduce((total, edge) => total + failureCount(edge), 0),
    );
    assert.match(text, /\n%% Folded by namespace: Mermaid does not draw \d+ edges\.\n$/);
    const large = await renderGraph(manyNamespaces(900), "mermaid");
    assert.equal(large.match(/-->|-\.->/g)?.length, 500);
    assert.match(large, /%% Folded by namespace: .* 400 edges between namespaces omitted\.\n$/);
  });

  it("svg and html: the header has the cluster and what was observed", async () => {
    const observed = [
      { instance: "a", node: "worker-1", fromMicros: 1e15, toMicros: 1e15 + 3.6e9, lossRatio: 0.002 },
      { instance: "b", node: "worker-2", fromMicros: 1e15, toMicros: 1e15 + 3.6e9, lossRatio: 0 },
    ];
    const graph = { ...shopGraph(16), cluster: "prod & test", observed };
    const about =
      "cluster prod &#38; test; observed 2001-09-09T01:46:40Z to 2001-09-09T02:46:40Z, 2 nodes, at most 0.2 % of packets lost";
    for (const format of ["svg", "html"] as const) assert.ok((await renderGraph(graph, format)).includes(`>${about}`));
  });

  it("svg: names of hostile workloads are text, never elements", async () => {
    const svg = await renderGraph(hostileGraph(), "svg");
    const elements = new Set([...svg.matchAll(/<\/?([^\s>/]+)/g)].map(([, name]) => name));
    const known = ["svg", "title", "style", "defs", "marker", "path", "rect", "text", "tspan", "g", "circle"];
    assert.deepEqual([...elements].sort(), known.sort());
    assert.ok(!/https?:\/\/(?!www\.w3\.org\/2000\/svg)/.test(svg));
  });

  it("svg: shows failures, and is light or dark as the viewer prefers", async () => {
    const svg = await renderGraph(shopGraph(30), "svg");
    assert.match(svg, /class="edge failed"/);
    assert.match(svg, />\d+ host not found</);
    assert.match(svg, /@media \(prefers-color-scheme:\s*dark\)/);
  });

  it("svg: 200 and 1,000 nodes take seconds at most", async () => {
    for (const [nodes, seconds] of [
      [200, 5],
      [1000, 20],
    ] as const) {
      const graph = shopGraph(nodes);
      const started = performance.now();
      const svg = await renderGraph(graph, "svg");
      const took = (performance.now() - started) / 1000;
      console.log(`  ${nodes} nodes: ${took.toFixed(2)} s, ${Math.round(svg.length / 1024)} KiB`);
      assert.ok(took < seconds, `${took} s`);
      assert.equal(
        (svg.match(/class="card workload"/g) ?? []).length,
        graph.nodes.filter(({ type }) => type === "workload").length + 1,
      );
    }
  });
});

it("only the graph file has nodes without edges", async () => {
  const graph = shopGraph(30);
  const idle = {
    id: "workload/shop/idle-one",
    type: "workload",
    namespace: "shop",
    name: "idle-one",
    kind: "Job",
  } as const;
  const withIdle = { ...graph, nodes: [...graph.nodes, idle].sort((a, b) => (a.id < b.id ? -1 : 1)) };
  for (const format of GRAPH_FORMATS) {
    const text = await renderGraph(withIdle, format);
    if (format === "json") assert.match(text, /"id":"workload\/shop\/idle-one"/);
    else assert.equal(text, await renderGraph(graph, format), format);
  }
});
