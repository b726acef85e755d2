// EDGE: fs
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import type { Plugin } from "rolldown";
import { bundleMapPage } from "./map-page-bundle.ts";
import { bundleProgram } from "./program.ts";

/** The one part that stays outside the bundle: it is compiled for one platform. */
const ADDON = "pcap/build/Release/pcap_binding";
/** What a dependency requires where it happens to be there, and does without where it is not. */
const OPTIONAL = ["bufferutil", "encoding", "supports-color", "utf-8-validate"];
const REQUIRED = /\bcreateRequire\(import\.meta\.url\)\("([^"]+)"\)/g;
const OWN_MODULE = /\/dist\/src\/.*\.js$/;
const EMPTY = "\0empty";

/** Bundles what the program loads by `createRequire`, too: bundlers follow imports and plain `require` alone. */
const bundleRequired: Plugin = {
  name: "bundle-required",
  load: {
    filter: { id: OWN_MODULE },
    handler: async (id) =>
      (await readFile(id, "utf8")).replace(REQUIRED, (call, name) => (name === ADDON ? call : `require("${name}")`)),
  },
};

/**
 * Leaves out whatwg-url, which node-fetch requires but uses only where Node has no URL of its own. It would load Node's
 * `punycode`, for which Node writes a warning to standard error, unless the caller lies in node_modules.
 */
const withoutUrlPolyfill: Plugin = {
  name: "without-url-polyfill",
  resolveId: { filter: { id: /^whatwg-url$/ }, handler: () => EMPTY },
  load: { filter: { id: /^\0empty$/ }, handler: () => ({ code: "module.exports = {};", moduleType: "js" }) },
};

/**
 * Bundles the compiled program below `root` into `outdir`, with all its dependencies but the capture addon, and returns the
 * paths of the modules that went in, those of the HTML map's page among them. Throws where the bundle would need a package that
 * the image does not have.
 */
export async function bundleImageProgram(root: string, outdir: string): Promise<readonly string[]> {
  const { modules, imports } = await bundleProgram({
    root,
    outdir,
    plugins: [bundleRequired, withoutUrlPolyfill],
    isExternal: (id) => isBuiltin(id) || OPTIONAL.includes(id),
  });
  const missing = imports.filter((name) => !isBuiltin(name) && !OPTIONAL.includes(name));
  if (missing.length > 0) throw new Error(`the bundle still imports ${missing.join(", ")}`);
  // The program carries the page as a string.
  return [...modules, ...(await bundleMapPage(root)).modules];
}
