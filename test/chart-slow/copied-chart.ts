import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { CHART } from "./helm.ts";

/** A copy of the chart that a test may change. */
function copyOfChart(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-chart-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(CHART, join(folder, "wirespan"), { recursive: true });
  return join(folder, "wirespan");
}

/** The same chart with another version. */
export function chartOfVersion(t: TestContext, version: string): string {
  const chart = copyOfChart(t);
  const metadata = join(chart, "Chart.yaml");
  writeFileSync(metadata, readFileSync(metadata, "utf8").replace(/^version: .*/m, `version: ${version}`));
  return chart;
}
