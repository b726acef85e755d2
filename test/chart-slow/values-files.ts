import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CHART } from "./helm.ts";

export interface ValuesFile {
  /** `ci/default`, `examples/alloy`. */
  readonly name: string;
  readonly path: string;
}

/** Folders of `examples`, by name. */
export const EXAMPLES: readonly string[] = readdirSync(join(CHART, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/** Every file of values that comes with the chart. */
export const VALUES_FILES: readonly ValuesFile[] = [
  ...readdirSync(join(CHART, "ci"))
    .filter((file) => file.endsWith("-values.yaml"))
    .sort()
    .map((file) => ({ name: `ci/${file.replace("-values.yaml", "")}`, path: join(CHART, "ci", file) })),
  ...EXAMPLES.map((name) => ({ name: `examples/${name}`, path: join(CHART, "examples", name, "values.yaml") })),
];
