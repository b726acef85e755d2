// README.md is what helm-docs makes of its template and the comments of values.yaml.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serverProgram } from "../servers/server-programs.ts";
import { CHART } from "./helm.ts";
import { EXAMPLES } from "./values-files.ts";

test("the README is current (npm run chart)", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-readme-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(CHART, folder, { recursive: true });
  const options = ["--chart-search-root", folder, "--sort-values-order", "file", "--log-level", "warning"];
  execFileSync(await serverProgram("helm-docs", "helm-docs"), options);
  assert.equal(readFileSync(join(CHART, "README.md"), "utf8"), readFileSync(join(folder, "README.md"), "utf8"));
});

test("every value has a description in the README", () => {
  const [, table = ""] = readFileSync(join(CHART, "README.md"), "utf8").split("## Values");
  const rows = table.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| Key"));
  assert.ok(rows.length > 90, String(rows.length));
  assert.deepEqual(
    rows.filter((row) => / \| {2}\|$/.test(row)),
    [],
  );
});

/** Examples of something other than a Collector. */
const WITHOUT_COLLECTOR: readonly string[] = ["large-cluster", "priority-class"];

test("the README names every example without a Collector", () => {
  const readme = readFileSync(join(CHART, "README.md"), "utf8");
  for (const name of WITHOUT_COLLECTOR) assert.ok(readme.includes(`(examples/${name})`), name);
});

test("every Collector's example has values for both charts, and a row in the README", () => {
  const readme = readFileSync(join(CHART, "README.md"), "utf8");
  for (const name of EXAMPLES.filter((example) => !WITHOUT_COLLECTOR.includes(example))) {
    const files = ["collector-values.yaml", "collector.yaml"].map((file) => join(CHART, "examples", name, file));
    assert.ok(files.some(existsSync), name);
    assert.match(readme, new RegExp(`^\\|.*\\[${name}\\]\\(examples/${name}\\) \\|$`, "m"));
  }
});
