import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repositoryRoot } from "../support/paths.ts";

const CHART = join(repositoryRoot, "charts/wirespan");

/** Text of a file of the chart. */
export function chartText(path: string): string {
  return readFileSync(join(CHART, path), "utf8");
}

export function chartYaml<T>(path: string): T {
  return parse(chartText(path)) as T;
}

export function chartFolder(path: string): string[] {
  return readdirSync(join(CHART, path)).sort();
}

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export function alerts(): readonly Alert[] {
  const { groups } = chartYaml<{ groups: readonly { rules: readonly Alert[] }[] }>("files/alerts.yaml");
  return groups.flatMap(({ rules }) => rules);
}
