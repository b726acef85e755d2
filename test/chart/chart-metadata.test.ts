import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { AGENT_LABEL } from "../../src/kubernetes/objects/known-labels.ts";
import { repositoryRoot } from "../support/paths.ts";
import { chartFolder, chartText, chartYaml } from "./chart-files.ts";

interface Metadata {
  readonly version: string;
  readonly appVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const metadata = chartYaml<Metadata>("Chart.yaml");
const program = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as { version: string };

test("the chart installs this version of the program", () => {
  assert.equal(metadata.appVersion, program.version);
  const [image] = parse(metadata.annotations["artifacthub.io/images"] ?? "") as { image: string }[];
  const { registry, repository } = chartYaml<{ image: { registry: string; repository: string } }>("values.yaml").image;
  assert.equal(image?.image, `${registry}/${repository}:${program.version}`);
});

test("agents find each other by the label that the chart gives their pods", () => {
  const names = chartText("templates/_names.tpl");
  const [, selector = ""] = /define "wirespan.selectorLabels" -\}\}\n([\s\S]*?)\{\{- end/.exec(names) ?? [];
  assert.match(selector, new RegExp(`^${AGENT_LABEL}: wirespan$`, "m"));
});

test("the dashboards of the chart are those of collector-config (npm run chart)", () => {
  const folder = join(repositoryRoot, "collector-config/grafana/dashboards");
  const names = chartFolder("files/dashboards");
  assert.equal(names.length, 4);
  for (const name of names) {
    assert.equal(chartText(`files/dashboards/${name}`), readFileSync(join(folder, name), "utf8"), name);
  }
});

test("every row of UPGRADING.md is a step that a user must take, newest first", () => {
  const versions = [...chartText("UPGRADING.md").matchAll(/^## (\d+)\.(\d+)\.(\d+)/gm)].map((match) =>
    match.slice(1).map(Number),
  );
  assert.deepEqual(
    versions,
    versions.toSorted((a, b) => b.map((part, i) => part - (a[i] ?? 0)).find((d) => d !== 0) ?? 0),
  );
});
