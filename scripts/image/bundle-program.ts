// EDGE: fs
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { build, type Metafile, type Plugin } from "esbuild";

/** The one part that stays outside the bundle: it is compiled for one platform. */
const ADDON = "pcap/build/Release/pcap_binding";
/** What a dependency requires where it happens to be there, and does without where it is not. */
const OPTIONAL = ["bufferutil", "encoding", "supports-color", "utf-8-validate"];
const REQUIRED = /\bcreateRequire\(import\.meta\.url\)\("([^"]+)"\)/g;

/** Bundles what the program loads by `createRequire`, too: esbuild follows imports and plain `require` alone. */
const bundleRequired: Plugin = {
  name: "bundle-required",
  setup(build) {
    build.onLoad({ filter: /\/dist\/src\/.*\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(REQUIRED, (call, name) =>
        name === ADDON ? call : `require("${name}")`,
      ),
    }));
  },
};

/**
 * Leaves out whatwg-url, which node-fetch requires but uses only where Node has no URL of its own. It would load Node's
 * `punycode`, for which Node writes a warning to standard error, unless the caller lies in node_modules.
 */
const withoutUrlPolyfill: Plugin = {
  name: "without-url-polyfill",
  setup(build) {
    build.onResolve({ filter: /^whatwg-url$/ }, ({ path }) => ({ path, namespace: "empty" }));
    build.onLoad({ filter: /^/, namespace: "empty" }, () => ({ contents: "module.exports = {};" }));
  },
};

/**
 * Bundles the compiled program below `root` into `outdir`, with all its dependencies but the capture addon, and returns
 * what went in. Throws where the bundle would need a package that the image does not have.
 */
export async function bundleProgram(root: string, outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["dist/src/cli.js", "dist/src/sensor/sensor-child.js"],
    outdir,
    entryNames: "[name]",
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    minifySyntax: true,
    legalComments: "none",
    metafile: true,
    logLevel: "error",
    plugins: [bundleRequired, withoutUrlPolyfill],
    // CommonJS modules among the dependencies require modules of Node.
    banner: {
      js: 'import { createRequire as nodeRequire } from "node:module"; const require = nodeRequire(import.meta.url);',
    },
  });
  const missing = Object.values(metafile.outputs)
    .flatMap(({ imports }) => imports.filter(({ external }) => external === true).map(({ path }) => path))
    .filter((path) => !isBuiltin(path) && !OPTIONAL.includes(path));
  if (missing.length > 0) throw new Error(`the bundle still imports ${[...new Set(missing)].join(", ")}`);
  return metafile;
}

/** What goes into the page of the HTML map, which the program carries as a string. */
export async function mapPageInputs(root: string): Promise<Metafile> {
  const options = { bundle: true, write: false, metafile: true, logLevel: "error" } as const;
  return (await build({ ...options, absWorkingDir: root, entryPoints: ["dist/src/map-page/page.js"] })).metafile;
}
