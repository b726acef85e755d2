// The HTML map without a mouse, for a screen reader, and on paper.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type cytoscape from "cytoscape";
import type { Page } from "playwright-core";
import { MapBrowser } from "./support/map-browser.ts";
import { shopGraph } from "./support/shop-graph.ts";

/** Global of the page for tests. Functions passed to `evaluate` run in the page. */
declare const wirespanMap: cytoscape.Core;

const MAX_TABS = 80;

const count = (page: Page, selector: string): Promise<number> =>
  page.evaluate((wanted) => wirespanMap.elements(wanted).length, selector);
const shown = (page: Page): Promise<string> => page.innerText("#shown");

/** Presses Tab until a control matches; each control on the way must show that it has the focus. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < MAX_TABS; i++) {
    await page.keyboard.press("Tab");
    const { isFound, focused, outline } = await page.evaluate((wanted) => {
      const element = document.activeElement ?? document.body;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const isBody = element === document.body;
      const text = `${element.tagName} ${element.id} ${element.textContent?.slice(0, 20)}`;
      return {
        isFound: element.matches(wanted),
        focused: text,
        outline: isBody || (outlineStyle !== "none" && outlineWidth !== "0px"),
      };
    }, selector);
    assert.ok(outline, `${focused} does not show its focus`);
    if (isFound) return;
  }
  assert.fail(`${selector} cannot be reached with Tab`);
}

async function find(page: Page, name: string): Promise<void> {
  await page.keyboard.press("/");
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
}

describe("the HTML map without a mouse", () => {
  let browser: MapBrowser;
  before(async () => {
    browser = await MapBrowser.start();
  });
  after(() => browser.close());

  it("an incident with the keyboard only: filter, focus, blast radius, table, export, hide, back", async () => {
    const graph = shopGraph(60);
    const { page, errors } = await browser.open(graph);
    const nodes = await count(page, ".card");

    await tabTo(page, "#filter");
    await page.keyboard.press("Enter");
    await page.keyboard.type("orders -shop");
    await page.keyboard.press("Escape");
    const filtered = await count(page, ".card");
    assert.ok(filtered > 0 && filtered < nodes);
    await page.keyboard.press("u");
    assert.equal(await count(page, ".card"), nodes);

    await find(page, "orders");
    assert.equal(await page.innerText("#panel h1"), "orders");
    await tabTo(page, "#panel .action:nth-of-type(5)");
    await page.keyboard.press("Enter");
    assert.match(await shown(page), /at most 2 hops from \w+\/orders/);
    const near = await count(page, ".card");
    assert.ok(near > 2 && near < nodes);
    await page.keyboard.press("u");

    await find(page, "postgres");
    await page.keyboard.press("b");
    assert.equal(await count(page, ".down"), 1);
    assert.ok((await count(page, ".hit")) >= 1);
    await page.keyboard.press("u");

    await page.keyboard.press("t");
    await tabTo(page, "#table tbody tr:first-child td:nth-child(3) button");
    await page.keyboard.press("Enter");
    assert.match(await page.innerText("#panel h1"), / → /);
    await page.keyboard.press("t");
    assert.equal(await page.isVisible("#table"), false);

    await tabTo(page, ".menu > summary");
    await page.keyboard.press("Enter");
    await tabTo(page, "#save-svg");
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    assert.equal(download.suggestedFilename(), "map.svg");

    await find(page, "orders");
    await page.keyboard.press("h");
    assert.equal(await count(page, ".card"), nodes - 1);
    await page.keyboard.press("u");

    await tabTo(page, "#map");
    await page.keyboard.press("ArrowRight");
    assert.equal(await count(page, ".chosen"), 1);
    await page.keyboard.press("Escape");
    assert.equal(await count(page, ".chosen"), 0);
    assert.equal(await page.innerText("#panel h1"), "Service graph");
    assert.equal(
      await shown(page),
      `${nodes} of ${nodes} nodes · ${graph.edges.length} of ${graph.edges.length} edges`,
    );
    assert.deepEqual(errors, []);
    await page.close();
  });

  it("the accessibility tree has the state, every control by name, and the table in full", async () => {
    const graph = shopGraph(16);
    const { page } = await browser.open(graph);
    await page.click("#filter");
    const tree = await page.locator("body").ariaSnapshot();
    for (const part of [
      '- combobox "Search"',
      '- button "Failing 4"',
      '- form "Filters"',
      `- status: 17 of 17 nodes · ${graph.edges.length} of ${graph.edges.length} edges`,
      'application "Map of the service graph: arrow keys',
      '- complementary "Details"',
      '- heading "Service graph" [level=1]',
    ]) {
      assert.ok(tree.includes(part), `${part} is not in\n${tree}`);
    }
    assert.doesNotMatch(tree, /- (button|textbox|combobox|checkbox|link|img|form|table)( \[[^\]]*\])?:?$/m);
    await page.keyboard.press("Escape");
    await page.keyboard.press("t");
    const table = await page.locator("#table").ariaSnapshot();
    assert.equal(table.match(/^\s*- rowheader /gm)?.length, graph.edges.length);
    assert.match(table, /- table ".+"/);
    assert.equal(table.match(/- columnheader /g)?.length, 9);
    await page.close();
  });

  it("on paper: the view as a picture with dark lines that fits the width, the legend, and no controls", async () => {
    const { page, errors } = await browser.open(shopGraph(60), { colorScheme: "dark" });
    const pdf = await page.pdf({ format: "A4", landscape: true });
    assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize({ width: 1040, height: 720 });
    const picture = await page.locator("#paper svg").boundingBox();
    assert.ok(picture !== null && picture.width <= 1040 && picture.width > 700, JSON.stringify(picture));
    assert.equal(await page.locator("#paper text", { hasText: "postgres" }).count(), 1);
    const ink = await page.evaluate(() => document.querySelector("#paper text")?.getAttribute("fill") ?? "");
    const [red = 255] = ink.match(/\d+/g)?.map(Number) ?? [];
    assert.ok(red < 128, ink);
    assert.ok(await page.isVisible(".legend ul"));
    assert.ok(await page.isVisible("#observed"));
    for (const control of ["#search", ".buttons", "#panel", ".zoom", "#map"]) {
      assert.equal(await page.isVisible(control), false, control);
    }
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    await page.emulateMedia({ media: "screen" });
    assert.equal(await page.locator("#paper svg").count(), 0);
    assert.deepEqual(errors, []);
    await page.close();
  });

  it("on paper: the whole table, over several pages, instead of the map", async () => {
    const graph = shopGraph(60);
    const { page } = await browser.open(graph);
    await page.keyboard.press("t");
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.isVisible("#paper svg"), false);
    const { table, paper } = await page.evaluate(() => ({
      table: document.querySelector("#table table")?.getBoundingClientRect().height ?? 0,
      paper: document.documentElement.scrollHeight,
    }));
    assert.ok(table > graph.edges.length * 20 && paper >= table, `${table} of ${paper}`);
    await page.close();
  });
});
