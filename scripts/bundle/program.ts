import { join, relative } from "node:path";
import { type OutputChunk, type Plugin, rolldown } from "rolldown";

interface ProgramBundle {
  /** Folder of the package; the compiled program is below it. */
  readonly root: string;
  readonly outdir: string;
  readonly plugins?: readonly Plugin[];
  /** Whether a module stays outside the bundle. */
  readonly isExternal: (id: string) => boolean;
}

/** What goes into a bundle. */
export interface BundleContent {
  /** Paths of its modules, relative to `root`. */
  readonly modules: readonly string[];
  /** Modules outside the bundle that it imports. */
  readonly imports: readonly string[];
}

/**
 * Modules of `src` through which each packet and each fact passes. With all that they import they are one module of the bundle: V8
 * compiles a constant of the same module into the code that uses it, and reads one of another module anew at each use
 * (docs/decisions/0045).
 */
const PIPELINE = [
  "capture/capture-file",
  "sensor/sensor",
  "facts/fact-reader",
  "pipeline",
  "report/rollout-progress",
  "graph/store/edge-store",
];

/** Bundles command line and sensor, each by itself, to `outdir`. Throws where a module is missing. */
export async function bundleProgram(options: ProgramBundle): Promise<BundleContent> {
  const folder = join(options.root, "dist/src");
  const pipeline = new Set(PIPELINE.map((name) => join(folder, `${name}.js`)));
  const chunks = [
    ...(await bundle(options, join(folder, "cli.js"), {
      groups: [{ name: "pipeline", test: (id) => pipeline.has(id) }],
    })),
    ...(await bundle(options, join(folder, "sensor/sensor-child.js"), false)),
  ];
  const names = new Set(chunks.map(({ fileName }) => fileName));
  const imports = chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]);
  return {
    modules: chunks.flatMap((chunk) => usedModules(options.root, chunk)),
    imports: [...new Set(imports)].filter((name) => !names.has(name)),
  };
}

async function bundle(
  { root, outdir, plugins = [], isExternal }: ProgramBundle,
  input: string,
  codeSplitting: false | { groups: { name: string; test: (id: string) => boolean }[] },
): Promise<readonly OutputChunk[]> {
  const build = await rolldown({
    cwd: root,
    input,
    platform: "node",
    plugins: [...plugins],
    external: isExternal,
    transform: { target: "node20" },
    // Constants of other modules too, so that V8 does not read them at each use.
    optimization: { inlineConst: { mode: "all", pass: 3 } },
    checks: { ineffectiveDynamicImport: false },
    onLog: rejectWarnings,
  });
  const { output } = await build.write({
    dir: outdir,
    format: "esm",
    comments: false,
    codeSplitting,
    chunkFileNames: "[name]-[hash].js",
  });
  await build.close();
  return output.filter((part) => part.type === "chunk");
}

function rejectWarnings(level: string, { message }: { readonly message: string }): void {
  if (level === "warn") throw new Error(message);
}

/** Those of which something is left. */
export function usedModules(root: string, { modules }: OutputChunk): string[] {
  return Object.entries(modules)
    .filter(([, { renderedLength }]) => renderedLength > 0)
    .map(([id]) => relative(root, id));
}
