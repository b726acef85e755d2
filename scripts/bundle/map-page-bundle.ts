import { join } from "node:path";
import { rolldown } from "rolldown";
import { type BundleContent, usedModules } from "./program.ts";

/** The script of the HTML map's page, of the compiled modules, with what went into it. */
export async function bundleMapPage(root: string): Promise<Pick<BundleContent, "modules"> & { readonly code: string }> {
  const build = await rolldown({
    cwd: root,
    input: join(root, "dist/src/map-page/page.js"),
    platform: "browser",
    transform: { target: "es2022" },
  });
  const { output } = await build.generate({
    format: "iife",
    minify: true,
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  await build.close();
  const [chunk] = output;
  return { code: chunk.code.trim(), modules: usedModules(root, chunk) };
}
