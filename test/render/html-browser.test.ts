import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type cytoscape from "cytoscape";
import type { Page } from "playwright-core";
import { EdgeStore } from "../../src/graph/store/edge-store.ts";
import type { Workload } from "../../src/model/interaction.ts";
import { visibleText } from "../../src/text/visible-text.ts";
import { CLUSTER, capture, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { HOSTILE_NAMES, hostileGraph } from "./support/hostile-graph.ts";
import { MapBrowser } from "./support/map-browser.ts";
import { makeInteraction, shopGraph } from "./support/shop-graph.ts";

/** Globals of the page for tests. Functions passed to `evaluate` run in the page. */
declare const wirespanMap: cytoscape.Core;

function workload(namespace: string, name: string): Workload {
  return {
    type: "workload",
    namespace,
    name,
    kind: "Deployment",
    serviceName: name,
    serviceNamespace: namespace,
    ownSpans: "unsaid",
  };
}

/** web → orders → profile; orders → payments fails. */
function smallGraph() {
  const [web, orders, profile] = [workload("shop", "web"), workload("shop", "orders"), workload("media", "profile")];
  const store = new EdgeStore();
  store.add(makeInteraction({ client: web, server: orders, name: "orders.shop.svc.cluster.local" }));
  store.add(makeInteraction({ client: orders, server: profile, name: "profile-svc.media.svc.cluster.local" }));
  store.add(makeInteraction({ client: orders, server: workload("shop", "payments"), outcome: "refused" }));
  return store.graph();
}

const panelText = (page: Page): Promise<string> => page.innerText("#panel-body");
const heading = (page: Page): Promise<string> => page.innerText("#panel h1");

/** Middle of a node on the screen. */
function nodePosition(page: Page, title: string): Promise<{ x: number; y: number }> {
  return page.evaluate((wanted) => {
    const node = wirespanMap.nodes(".card").filter((each) => each.data("title") === wanted);
    const map = document.getElementById("map")?.getBoundingClientRect();
    const { x, y } = node[0]?.renderedPosition() ?? { x: 0, y: 0 };
    return { x: x + (map?.x ?? 0), y: y + (map?.y ?? 0) };
  }, title);
}

describe("HTML map in a browser", () => {
  let browser: MapBrowser;
  before(async () => {
    browser = await MapBrowser.start();
  });
  after(() => browser.close());

  it("opens from disk, makes no request, and cannot make one", async () => {
    const { page, requests, errors } = await browser.open(shopGraph(30));
    assert.deepEqual(errors, []);
    assert.deepEqual(requests, []);
    let hits = 0;
    const server = createServer((_request, response) => {
      hits++;
      response.writeHead(200, { "access-control-allow-origin": "*" }).end("hello");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const answers = await page.evaluate(async (url) => {
      const image = document.createElement("img");
      const script = document.createElement("script");
      script.textContent = "globalThis.injected = true";
      const shown = new Promise((resolve) => {
        image.onload = () => resolve("loaded");
        image.onerror = () => resolve("refused");
      });
      image.src = url;
      document.body.append(image, script);
      const fetched = await fetch(url).then(
        () => "fetched",
        () => "refused",
      );
      return [fetched, await shown, String("injected" in globalThis)];
    }, `http://127.0.0.1:${port}/`);
    server.close();
    assert.deepEqual(answers, ["refused", "refused", "false"]);
    assert.equal(hits, 0);
    await page.close();
  });

  it("opens when written by the installed program", async (t) => {
    const file = join(temporaryFolder(t), "map.html");
    const { code, stderr } = await wirespan(["replay", capture("node-a"), ...CLUSTER, "-o", file]);
    assert.equal(code, 0, stderr);
    const { page, errors } = await browser.openFile(file);
    assert.deepEqual(errors, []);
    assert.match(await panelText(page), /\d+\s+nodes\s+\d+\s+edges/);
    await page.close();
  });

  it("shows the overview first, with failing edges", async () => {
    const { page } = await browser.open(smallGraph());
    const text = await panelText(page);
    assert.match(text, /4\s+nodes\s+3\s+edges/);
    assert.match(text, /shop\/orders → shop\/payments/);
    assert.match(text, /1 failed/);
    await page.close();
  });

  it("click on a node: callers, calls, ports, names; Esc goes back", async () => {
    const { page } = await browser.open(smallGraph());
    const { x, y } = await nodePosition(page, "orders");
    await page.mouse.click(x, y);
    assert.equal(await heading(page), "orders");
    const text = await panelText(page);
    assert.match(text, /Called by\s+1\s+shop\/web/);
    assert.match(text, /Calls\s+2/);
    assert.match(text, /media\/profile/);
    assert.match(text, /port 80 → 8080/);
    assert.match(text, /orders\.shop\.svc\.cluster\.local/);
    assert.equal(await page.evaluate(() => wirespanMap.nodes(".card.faded").length), 0);
    await page.click("#panel .row:has-text('shop/web')");
    assert.equal(await heading(page), "web → orders");
    assert.match(await panelText(page), /established\s+1[\s\S]*Handshake p50\s+0\.412 ms/);
    await page.keyboard.press("Escape");
    assert.equal(await heading(page), "Service graph");
    assert.equal(await page.evaluate(() => wirespanMap.elements(".faded").length), 0);
    await page.close();
  });

  it("click on an edge: outcomes; neighbors stay bright, the rest fades", async () => {
    const { page } = await browser.open(smallGraph());
    const [from, to] = [await nodePosition(page, "orders"), await nodePosition(page, "payments")];
    const middle = await page.evaluate(() => wirespanMap.edges(".failed")[0]?.renderedMidpoint());
    const map = await page.locator("#map").boundingBox();
    assert.ok(middle && map && from.x < to.x);
    await page.mouse.click(middle.x + map.x, middle.y + map.y);
    assert.equal(await heading(page), "orders → payments");
    assert.match(await panelText(page), /refused\s+1/);
    const faded = await page.evaluate(() => wirespanMap.nodes(".card.faded").map((node) => node.data("title")));
    assert.deepEqual(faded.sort(), ["profile", "web"]);
    await page.close();
  });

  it("search: / focuses, arrows choose, Enter shows; DNS names and namespaces are found too", async () => {
    const { page } = await browser.open(smallGraph());
    for (const [typed, keys, expected] of [
      ["ORD", ["Enter"], "orders"],
      ["profile-svc", ["Enter"], "profile"],
      ["media", ["Enter"], "media"],
      ["shop", ["ArrowDown", "Enter"], "web"],
    ] as const) {
      await page.keyboard.press("/");
      await page.keyboard.type(typed);
      for (const key of keys) await page.keyboard.press(key);
      assert.equal(await heading(page), expected, typed);
    }
    await page.keyboard.press("/");
    await page.keyboard.type("no such thing");
    assert.match(await page.innerText("#results"), /No match/);
    await page.keyboard.press("Escape");
    assert.equal(await page.inputValue("#search"), "");
    assert.equal(await page.isHidden("#results"), true);
    await page.close();
  });

  it("keyboard: arrows go from node to node, Tab reaches every button, plus and minus zoom, 0 shows all", async () => {
    const { page } = await browser.open(smallGraph());
    await page.keyboard.press("/");
    await page.keyboard.type("web");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowRight");
    assert.equal(await heading(page), "orders");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await heading(page), "web");
    const zoom = (): Promise<number> => page.evaluate(() => wirespanMap.zoom());
    const before = await zoom();
    await page.keyboard.press("+");
    assert.ok((await zoom()) > before);
    await page.keyboard.press("0");
    const reached = new Set<string>();
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate(() => document.activeElement?.id || document.activeElement?.className || ""));
    }
    for (const id of [
      "map",
      "search",
      "failing",
      "filter",
      "table-toggle",
      "theme",
      "panel-toggle",
      "zoom-in",
      "zoom-out",
      "fit",
      "back",
      "row",
    ]) {
      assert.ok(reached.has(id), `${id} in ${[...reached]}`);
    }
    await page.close();
  });

  it("marks failed edges, and shows only those on demand", async () => {
    const graph = shopGraph(60);
    const { page } = await browser.open(graph);
    const failing = graph.edges.filter(
      ({ outcomes: o }) => o.refused + o.timed_out + o.unreachable + o.host_not_found > 0,
    );
    const drawn = await page.evaluate(() =>
      wirespanMap.edges().map((edge) => `${edge.style("line-style")} ${edge.style("line-color")}`),
    );
    assert.ok(failing.length > 0);
    assert.equal(drawn.filter((style) => style === "dashed rgb(185,28,28)").length, failing.length);
    assert.equal(drawn.filter((style) => style.startsWith("solid")).length, graph.edges.length - failing.length);
    await page.click("#failing");
    assert.equal(await page.getAttribute("#failing", "aria-pressed"), "true");
    assert.equal(await page.evaluate(() => wirespanMap.edges().length), failing.length);
    await page.click("#failing");
    assert.equal(await page.evaluate(() => wirespanMap.edges().length), graph.edges.length);
    await page.close();
  });

  it("is light or dark like the system, and changes with the button", async () => {
    const { page } = await browser.open(smallGraph(), { colorScheme: "dark" });
    const look = (): Promise<string[]> =>
      page.evaluate(() => [
        getComputedStyle(document.body).backgroundColor,
        String(wirespanMap.nodes(".card")[0]?.style("background-color")),
      ]);
    const dark = ["rgb(11, 17, 32)", "rgb(26,37,64)"];
    const light = ["rgb(246, 248, 251)", "rgb(255,255,255)"];
    assert.deepEqual(await look(), dark);
    await page.click("#theme");
    assert.deepEqual(await look(), light);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForSelector(`html[data-theme=${colorScheme}]`);
    }
    assert.deepEqual(await look(), dark);
    await page.close();
  });

  it("shows hostile names as text", async () => {
    const { page, requests, errors } = await browser.open(hostileGraph());
    const nodes = await page.evaluate(() => wirespanMap.nodes(".card").length);
    assert.equal(nodes, hostileGraph().nodes.length);
    const seen = new Set<string>();
    for (let i = 0; i < nodes; i++) {
      await page.evaluate((index) => {
        const node = wirespanMap.getElementById(`node-${index}`);
        node.emit("mouseover");
        node.emit("tap");
      }, i);
      seen.add(await page.evaluate(() => document.querySelector("#panel .type")?.textContent ?? ""));
    }
    for (const name of HOSTILE_NAMES) {
      const shown = visibleText(name);
      assert.ok([...seen].includes(`${shown} in ${shown}`), JSON.stringify(name));
    }
    await page.fill("#search", "<img");
    assert.match(await page.innerText("#results"), /<img src=x onerror/);
    assert.equal(await page.evaluate("globalThis.hacked"), undefined);
    assert.equal(await page.locator("img, #panel script, iframe").count(), 0);
    assert.deepEqual(requests, []);
    assert.deepEqual(errors, []);
    await page.close();
  });

  it("opens without any node", async () => {
    const { page, errors } = await browser.open({ cluster: null, incomplete: [], observed: [], nodes: [], edges: [] });
    assert.match(await panelText(page), /0\s+nodes/);
    assert.deepEqual(errors, []);
    await page.close();
  });

  it("stays usable at 1,000 nodes: opening, panning, zooming, choosing, searching", async () => {
    const graph = shopGraph(1000);
    const { page, errors, loadMillis } = await browser.open(graph);
    // Every namespace is open, as it is after a person opened all.
    await page.evaluate(() => {
      const groups = wirespanMap.nodes(".folded").map((node) => String(node.data("label")).split("\n")[0] ?? "");
      location.hash = new URLSearchParams(groups.map((name) => ["toggle", name])).toString();
    });
    await page.waitForFunction(() => wirespanMap.nodes(".card").length > 900);
    const timed = (action: string): Promise<number> =>
      page.evaluate(async (name) => {
        const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
        await frame();
        const started = performance.now();
        const rounds = 8;
        for (let i = 0; i < rounds; i++) {
          if (name === "pan") wirespanMap.panBy({ x: i % 2 === 0 ? 60 : -60, y: 20 });
          if (name === "zoom") wirespanMap.zoom(wirespanMap.zoom() * (i % 2 === 0 ? 1.4 : 1 / 1.4));
          if (name === "choose") wirespanMap.getElementById(`node-${i * 50}`).emit("tap");
          await frame();
          await frame();
        }
        return (performance.now() - started) / rounds;
      }, action);
    const figures = {
      load: loadMillis,
      pan: await timed("pan"),
      zoom: await timed("zoom"),
      choose: await timed("choose"),
    };
    const started = performance.now();
    await page.keyboard.press("/");
    await page.keyboard.type("kafka");
    await page.keyboard.press("Enter");
    const search = performance.now() - started;
    assert.equal(await heading(page), "kafka");
    console.log(
      `  ${Object.entries({ ...figures, search })
        .map(([name, value]) => `${name} ${value.toFixed(0)} ms`)
        .join(", ")}`,
    );
    // Software rendering on a busy machine is several times slower than usual.
    assert.ok(figures.load < 25_000);
    assert.ok(figures.pan < 700 && figures.zoom < 1500 && figures.choose < 1500 && search < 5000);
    assert.deepEqual(errors, []);
    await page.close();
  });
});
