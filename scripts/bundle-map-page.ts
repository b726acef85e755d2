/**
 * Bundles the page of the HTML map, script and style sheet, to `dist/src/map-page/assets.js`: two strings that the
 * program writes into each map. Runs after the compiler, on its output.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transformSync } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const compiled = join(root, "dist/src/map-page");

const { outputFiles } = await build({
  entryPoints: [join(compiled, "page.js")],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  legalComments: "inline",
  write: false,
});
const script = outputFiles[0]?.text.trim() ?? "";
// An end tag inside the script would end its element in the page.
if (/<\/script|<!--/i.test(script)) throw new Error("the page's script holds text that ends a script element");
// The panel first: the list of search matches overrides some of its rules. The screens last: they override all others.
const names = ["base", "bar", "map", "filters", "overlays", "screens"].map((name) => `styles/${name}.css`);
const sheets = ["panel/panel.css", ...names].map((name) => readFileSync(join(root, "src/map-page", name), "utf8"));
const style = transformSync(sheets.join(""), { loader: "css", minify: true });
const assets = { PAGE_SCRIPT: script, PAGE_STYLE: style.code.trim() };
const lines = Object.entries(assets).map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};\n`);
writeFileSync(join(compiled, "assets.js"), lines.join(""));
