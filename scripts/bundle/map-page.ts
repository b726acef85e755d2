/**
 * Bundles the page of the HTML map, script and style sheet, to `dist/src/map-page/assets.js`: two strings that the
 * program writes into each map. Runs after the compiler, on its output.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleMapPage } from "./map-page-bundle.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

const { code: script } = await bundleMapPage(root);
// An end tag inside the script would end its element in the page.
if (/<\/script|<!--/i.test(script)) throw new Error("the page's script holds text that ends a script element");
// The panel first: the list of search matches overrides some of its rules. The screens last: they override all others.
const names = ["base", "bar", "map", "filters", "overlays", "screens"].map((name) => `styles/${name}.css`);
const sheets = ["panel/panel.css", ...names].map((name) => readFileSync(join(root, "src/map-page", name), "utf8"));
// An object: the bundler would copy a string to each of its uses.
const assets = { script, style: sheets.join("").trim() };
writeFileSync(join(root, "dist/src/map-page/assets.js"), `export const PAGE = ${JSON.stringify(assets)};\n`);
