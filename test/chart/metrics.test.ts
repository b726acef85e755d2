// Rules and dashboards ask for what an agent serves, and for nothing else.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { servedMetrics } from "../../scripts/docs/generated-parts.ts";
import { listFiles, readSource } from "../project/support/source-files.ts";
import { repositoryRoot } from "../support/paths.ts";
import { alerts, chartFolder, chartText } from "./chart-files.ts";

/** By metric and label, the values that /metrics has, from an agent that serves it. */
async function served(): Promise<Map<string, Map<string, Set<string>>>> {
  const known = new Map<string, Map<string, Set<string>>>();
  for (const [, metric = "", written = ""] of (await servedMetrics()).matchAll(/^(\w+)(?:\{(.*)\})? /gm)) {
    const labels = known.get(metric) ?? new Map<string, Set<string>>();
    known.set(metric, labels);
    for (const [, label = "", value = ""] of written.matchAll(/(\w+)="([^"]*)"/g)) {
      labels.set(label, (labels.get(label) ?? new Set()).add(value));
    }
  }
  return known;
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

test("every label that an alert mentions is one that its metric has", async () => {
  const known = await served();
  for (const { alert, expr, annotations } of alerts()) {
    const labels = (expr.match(OWN_METRIC) ?? []).flatMap((metric) => [...(known.get(metric)?.keys() ?? [])]);
    const mentioned = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label = ""]) => label);
    assert.deepEqual(
      mentioned.filter((label) => label !== "instance" && !labels.includes(label)),
      [],
      alert,
    );
  }
});

test("every value that an alert compares a label with is one that the label has", async () => {
  const known = await served();
  const compared = alerts().flatMap(({ expr }) => [...expr.matchAll(/(\w+)\{(\w+)!?="([^"]*)"\}/g)]);
  assert.ok(compared.length >= 2);
  for (const [matcher, metric = "", label = "", value = ""] of compared) {
    assert.ok(known.get(metric)?.get(label)?.has(value), matcher);
  }
});

test("every word that a runbook quotes is one that the metric or the program says", async () => {
  const values = new Set(
    [...(await served()).values()].flatMap((labels) => [...labels.values()].flatMap((all) => [...all])),
  );
  const program = listFiles("src")
    .map((path) => readSource(path).text)
    .join("\n");
  for (const { alert, annotations } of alerts()) {
    for (const [, quoted = ""] of (annotations.runbook ?? "").matchAll(/"([^"]+)"/g)) {
      const isKnown = quoted.includes(" ") ? program.includes(quoted) : values.has(quoted);
      assert.ok(isKnown || quoted === "wirespan health" || quoted === "unknown", `${alert}: ${quoted}`);
    }
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
