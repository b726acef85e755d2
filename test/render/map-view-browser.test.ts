import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type cytoscape from "cytoscape";
import type { Page } from "playwright-core";
import { EdgeStore } from "../../src/graph/store/edge-store.ts";
import { MapServer } from "../../src/map-server/map-server.ts";
import { servedMap } from "../../src/render/drawing/html.ts";
import { renderGraph } from "../../src/render/render.ts";
import { workload } from "../answers/support/graphs.ts";
import { temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { MapBrowser } from "./support/map-browser.ts";
import { overlaps, textBoxes } from "./support/map-texts.ts";
import { makeInteraction, shopGraph } from "./support/shop-graph.ts";

/** Globals of the page for tests. Functions passed to `evaluate` run in the page. */
declare const wirespanMap: cytoscape.Core;

const count = (page: Page, selector: string): Promise<number> =>
  page.evaluate((wanted) => wirespanMap.elements(wanted).length, selector);
const shown = (page: Page): Promise<string> => page.innerText("#shown");

describe("views of the HTML map in a browser", () => {
  let browser: MapBrowser;
  before(async () => {
    browser = await MapBrowser.start();
  });
  after(() => browser.close());

  for (const nodes of [16, 30, 60, 100, 149, 300, 1000]) {
    for (const { width, height, least } of [
      { width: 1440, height: 900, least: 6 },
      { width: 390, height: 800, least: 8.5 },
    ]) {
      it(`no text covers another, and texts are readable: ${nodes} nodes, ${width} px`, async () => {
        for (const colorScheme of ["light", "dark"] as const) {
          const { page, errors } = await browser.open(shopGraph(nodes), { width, height, colorScheme });
          const boxes = await textBoxes(page);
          assert.ok(boxes.length > 3, `${boxes.length} texts`);
          assert.deepEqual(overlaps(boxes), []);
          const smallest = Math.min(...boxes.map(({ pixels }) => pixels));
          if (colorScheme === "light") console.log(`  ${boxes.length} texts, the smallest ${smallest.toFixed(1)} px`);
          assert.ok(smallest >= least, `${smallest} px`);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
          assert.deepEqual(errors, []);
          await page.close();
        }
      });
    }
  }

  it("a long chain opens readable, at its most connected part, and says how to see the whole", async () => {
    const store = new EdgeStore();
    const call = (client: string, server: string): void =>
      store.add(makeInteraction({ client: workload(client), server: workload(server) }));
    for (let i = 0; i < 99; i++) call(`service-${i}`, `service-${i + 1}`);
    for (const caller of ["web", "mobile", "batch"]) call(caller, "service-50");
    const { page } = await browser.open(store.graph());
    const texts = await textBoxes(page);
    assert.ok(Math.min(...texts.map(({ pixels }) => pixels)) >= 7);
    const hub = texts.find(({ text }) => text === "service-50");
    const map = await page.locator("#map").boundingBox();
    assert.ok(hub !== undefined && hub.x1 > 0 && hub.x2 < (map?.width ?? 0), JSON.stringify(hub));
    assert.match(await shown(page), /key 0 shows the whole map/);
    await page.keyboard.press("0");
    assert.doesNotMatch(await shown(page), /key 0/);
    const [all, visible] = await page.evaluate(
      () => [wirespanMap.elements().boundingBox(), wirespanMap.extent()] as const,
    );
    assert.ok(all.x1 >= visible.x1 && all.x2 <= visible.x2 && all.y1 >= visible.y1 && all.y2 <= visible.y2);
    await page.close();
  });

  it("opens folded above 150 nodes; a click or a key unfolds a namespace", async () => {
    const { page } = await browser.open(shopGraph(300));
    assert.equal(await count(page, ".card"), 0);
    const groups = await count(page, ".folded");
    assert.ok(groups > 15);
    const totals = await page.evaluate(() =>
      wirespanMap.edges(".bundle").reduce((sum, edge) => sum + (edge.data("count") as number), 0),
    );
    assert.ok(totals > 0 && totals < 524);
    const at = await page.evaluate(() => {
      const group = wirespanMap.nodes(".folded").filter((node) => String(node.data("label")).startsWith("shop\n"))[0];
      const map = document.getElementById("map")?.getBoundingClientRect();
      const { x, y } = group?.renderedPosition() ?? { x: 0, y: 0 };
      return { x: x + (map?.x ?? 0), y: y + (map?.y ?? 0) };
    });
    await page.mouse.click(at.x, at.y);
    assert.equal(await count(page, ".folded"), groups - 1);
    assert.ok((await count(page, ".card")) > 10);
    assert.equal(await page.innerText("#panel h1"), "shop");
    await page.keyboard.press("Enter");
    assert.equal(await count(page, ".folded"), groups);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    assert.equal(await count(page, ".folded"), groups - 1);
    await page.close();
  });

  it("filters: words, minus, namespace, type, evidence, age, failing; the page names what is shown", async () => {
    const { page } = await browser.open(shopGraph(60));
    const all = await count(page, "edge");
    await page.click("#filter");
    await page.keyboard.type("orders -shop");
    assert.match(await shown(page), /^\d+ of 61 nodes · \d+ of \d+ edges$/);
    const titles = await page.evaluate(() => wirespanMap.nodes(".card").map((node) => String(node.data("title"))));
    assert.ok(titles.some((title) => title.startsWith("orders")));
    assert.equal(await count(page, "#namespace-0"), await count(page, "#title-0"));
    const narrow = await count(page, "edge");
    assert.ok(narrow > 0 && narrow < all);
    await page.click("#reset");
    assert.equal(await count(page, "edge"), all);
    for (const name of ["shop", "external", "lookup"]) {
      await page.check(`#filters input[value="${name}"]`);
      const few = await count(page, "edge");
      assert.ok(few > 0 && few < all, name);
      await page.uncheck(`#filters input[value="${name}"]`);
      assert.equal(await count(page, "edge"), all);
    }
    await page.selectOption("#filters select", "300");
    const young = await count(page, "edge");
    assert.ok(young > 0 && young <= all);
    assert.match(page.url(), /#age=300$/);
    await page.close();
  });

  it("hide, focus and blast radius from a node, by click and by key; all in the address", async () => {
    const { page } = await browser.open(shopGraph(60));
    const all = await count(page, ".card");
    const find = async (name: string): Promise<void> => {
      await page.keyboard.press("/");
      await page.keyboard.type(name);
      await page.keyboard.press("Enter");
    };
    await find("postgres");
    await page.click("#panel .action:has-text('Blast radius')");
    assert.equal(await count(page, ".down"), 1);
    assert.ok((await count(page, ".hit")) >= 1);
    assert.match(await shown(page), /blast radius of \w+\/postgres/);
    const hash = new URL(page.url()).hash;
    assert.match(hash, /^#down=workload%2F\w+%2Fpostgres/);
    await page.keyboard.press("u");
    assert.equal(await count(page, ".card"), all);
    await find("orders");
    await page.keyboard.press("h");
    assert.equal(await count(page, ".card"), all - 1);
    assert.match(await shown(page), /hidden: \w+\/orders/);
    await page.keyboard.press("u");
    await find("orders");
    await page.keyboard.press("f");
    const near = await count(page, ".card");
    assert.ok(near > 1 && near < all);
    assert.match(await shown(page), /at most 1 hop from/);
    await page.close();
  });

  it("a link to a view shows the same view in the file", async () => {
    const graph = shopGraph(300);
    const first = await browser.open(graph);
    await first.page.click("#filter");
    await first.page.keyboard.type("orders -redis");
    await first.page.click("#failing");
    await first.page.keyboard.press("Escape");
    await first.page.click("#table-toggle");
    const state = async (page: Page): Promise<string[]> => [
      await shown(page),
      await page.innerText("#table"),
      await page.evaluate(() =>
        JSON.stringify(
          wirespanMap
            .elements()
            .map((each) => each.id())
            .sort(),
        ),
      ),
      await page.inputValue("#filter-text"),
    ];
    const wanted = await state(first.page);
    const second = await browser.openAddress(first.page.url());
    assert.deepEqual(await state(second.page), wanted);
    assert.deepEqual(second.errors, []);
    // Another address in the same page, as the back button does.
    await second.page.evaluate(() => {
      location.hash = "";
    });
    await second.page.waitForFunction(() => document.getElementById("reset")?.hidden === true);
    assert.match(await shown(second.page), /^301 of 301 nodes/);
    await first.page.close();
    await second.page.close();
  });

  it("opens with the zone of wirespan blast-radius, and shows all on demand", async (t) => {
    const folder = temporaryFolder(t);
    const [graph, file] = [join(folder, "graph.json"), join(folder, "zone.html")];
    writeFileSync(graph, await renderGraph(shopGraph(60), "json"));
    const { code, stderr } = await wirespan(["blast-radius", "shop/postgres", "--graph", graph, "-o", file]);
    assert.equal(code, 0, stderr);
    const { page, errors } = await browser.openFile(file);
    assert.match(await shown(page), /blast radius of shop\/postgres/);
    assert.equal(await count(page, ".down"), 1);
    assert.ok((await count(page, ".hit")) > 1);
    assert.ok((await count(page, ".card")) < 61);
    await page.keyboard.press("u");
    assert.equal(await count(page, ".card"), 61);
    assert.equal(await count(page, ".down, .hit"), 0);
    assert.deepEqual(errors, []);
    await page.close();
  });

  it("a served map shows a new edge without reload, and keeps the view", async (t) => {
    const whole = shopGraph(16);
    const fewer = { ...whole, edges: whole.edges.slice(1) };
    const server = await MapServer.start(await servedMap(fewer, 100));
    t.after(() => server.close());
    const { page, errors } = await browser.openAddress(`${server.url}#hide=workload%2Fshop%2Fgone`);
    const before = await count(page, "edge");
    await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
    server.renew(await servedMap({ ...whole, cluster: "renewed", incomplete: ["no agent on worker-9"] }, 100));
    await page.waitForFunction((edges) => wirespanMap.edges().length === edges + 1, before);
    assert.equal(await page.evaluate("isSamePage"), true);
    assert.match(await page.innerText("#observed"), /^cluster renewed/);
    assert.equal(await page.innerText("#missing"), "incomplete: no agent on worker-9");
    assert.match(page.url(), /#hide=workload%2Fshop%2Fgone$/);
    assert.deepEqual(errors, []);
    server.close();
    await page.waitForFunction(() => document.getElementById("missing")?.textContent?.includes("does not answer"));
    await page.close();
  });

  it("the table has each edge that is shown, and can be reached and used with the keyboard", async () => {
    const graph = shopGraph(60);
    const { page } = await browser.open(graph);
    await page.keyboard.press("t");
    assert.equal(await page.locator("#table tbody tr").count(), graph.edges.length);
    assert.equal(await page.getByRole("table").getByRole("columnheader").count(), 9);
    assert.equal(await page.getByRole("rowheader").count(), graph.edges.length);
    const first = page.locator("#table tbody tr").first();
    const [client = "", server = ""] = await first.locator("button").allInnerTexts();
    await first.locator("button").nth(2).focus();
    await page.keyboard.press("Enter");
    assert.equal(
      await page.innerText("#panel h1"),
      [client, server].map((name) => name.replace(/^.*\//, "")).join(" → "),
    );
    await page.click("#failing");
    assert.equal(await page.locator("#table tbody tr").count(), await page.locator("#table tbody tr.bad").count());
    await page.close();
  });

  it("has names and roles for a screen reader", async () => {
    const { page } = await browser.open(shopGraph(16));
    for (const [role, name] of [
      ["application", /Map of the service graph: arrow keys/],
      ["status", /./],
      ["combobox", /Search/],
      ["button", /Failing 4/],
      ["button", /^Filter/],
      ["button", /^Table/],
      ["button", /Zoom in/],
      ["complementary", /Details/],
    ] as const) {
      const found = page.getByRole(role, role === "status" ? {} : { name });
      assert.equal(await found.count(), 1, `${role} ${name}`);
    }
    await page.click("#filter");
    assert.equal(await page.getByRole("form", { name: "Filters" }).count(), 1);
    assert.equal(await page.getByRole("group", { name: "namespaces" }).getByRole("checkbox").count(), 2);
    await page.close();
  });

  it("saves the view as SVG with its texts, and as PNG", async () => {
    const { page, errors } = await browser.open(shopGraph(16));
    await page.click(".menu summary");
    const saved = async (id: string): Promise<Buffer> => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.click(id)]);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    };
    const svg = (await saved("#save-svg")).toString();
    for (const title of ["gateway", "postgres", "api.stripe.com", "40 host not found", "payments"]) {
      assert.ok(svg.includes(`>${title}</text>`), title);
    }
    const drawn = await page.evaluate(
      (text) => new DOMParser().parseFromString(text, "image/svg+xml").querySelectorAll("path, parsererror").length,
      svg,
    );
    assert.equal(drawn, 2 * 26);
    const png = await saved("#save-png");
    assert.equal(png.subarray(1, 4).toString(), "PNG");
    assert.ok(png.length > 10_000);
    assert.deepEqual(errors, []);
    await page.close();
  });
});
