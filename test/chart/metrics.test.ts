// Rules and dashboards ask for what an agent serves, and for nothing else.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { generatedParts } from "../../scripts/docs/generated-parts.ts";
import { repositoryRoot } from "../support/paths.ts";
import { alerts, chartFolder, chartText } from "./chart-files.ts";

/** Names and labels of all that /metrics has, from an agent that serves it. */
async function served(): Promise<Map<string, readonly string[]>> {
  const table = (await generatedParts()).find(({ name }) => name === "metrics")?.text ?? "";
  const rows = [...table.matchAll(/^\| `(\w+)(?:\{(.*)\})?` \|/gm)];
  return new Map(rows.map(([, metric = "", labels]) => [metric, labels?.split(", ") ?? []]));
}

const OWN_METRIC = /\b(?:wirespan|process)_\w+/g;

const sources = [
  ...alerts().map(({ alert, expr }) => ({ name: `alert ${alert}`, text: expr })),
  ...chartFolder("files/dashboards").map((file) => ({
    name: file,
    text: expressions(chartText(`files/dashboards/${file}`)),
  })),
];

/** All that a dashboard asks Prometheus. */
function expressions(dashboard: string): string {
  return [...dashboard.matchAll(/"(?:expr|query|definition)": "((?:[^"\\]|\\.)*)"/g)]
    .map(([, text = ""]) => text)
    .join("\n");
}

test("every metric of a rule or dashboard is one that an agent serves", async () => {
  const known = await served();
  assert.ok(known.size > 30);
  for (const { name, text } of sources) {
    const asked = [...new Set(text.match(OWN_METRIC) ?? [])];
    assert.deepEqual(
      asked.filter((metric) => !known.has(metric)),
      [],
      name,
    );
  }
  assert.ok(sources.flatMap(({ text }) => text.match(OWN_METRIC) ?? []).length > 30);
});

test("every label that an alert speaks of is one that its metric has", async () => {
  const known = await served();
  for (const { alert, expr, annotations } of alerts()) {
    const labels = (expr.match(OWN_METRIC) ?? []).flatMap((metric) => known.get(metric) ?? []);
    const spoken = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label = ""]) => label);
    assert.deepEqual(
      spoken.filter((label) => label !== "instance" && !labels.includes(label)),
      [],
      alert,
    );
  }
});

test("every alert says what happened, what it means and what to do", () => {
  assert.ok(alerts().length >= 6);
  for (const { alert, labels, annotations } of alerts()) {
    assert.match(alert, /^Wirespan[A-Z]\w+$/);
    assert.deepEqual(Object.keys(annotations), ["summary", "description", "runbook"], alert);
    assert.ok(labels.severity, alert);
  }
});

test("docs/operations.md lists every alert, and no other", () => {
  const listed = readFileSync(join(repositoryRoot, "docs/operations.md"), "utf8").match(/(?<=^\| `)Wirespan\w+/gm);
  assert.deepEqual(
    listed,
    alerts().map(({ alert }) => alert),
  );
});
