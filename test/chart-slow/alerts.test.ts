// Prometheus' own checks of the alerts, as they stand in the file and as the chart renders them.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { type Alert, alerts } from "../chart/chart-files.ts";
import { serverProgram } from "../servers/server-programs.ts";
import { repositoryRoot } from "../support/paths.ts";
import { CHART, renderObjects } from "./helm.ts";
import { only } from "./pod-spec.ts";

async function promtool(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(await serverProgram("prometheus", "promtool"), args);
  return stdout;
}

test("promtool check rules takes the alerts", async () => {
  assert.match(await promtool("check", "rules", join(CHART, "files/alerts.yaml")), /SUCCESS: \d+ rules found/);
});

test("promtool test rules: each alert fires for what it is meant for, and not otherwise", async () => {
  assert.match(await promtool("test", "rules", join(repositoryRoot, "test/chart-slow/alerts.yaml")), /SUCCESS/);
});

test("the PrometheusRule has them all, with the user's labels, without what is disabled, and with more rules", async (t) => {
  const objects = await renderObjects({ files: [join(CHART, "ci/monitoring-values.yaml")] });
  const { groups } = only(objects, "PrometheusRule").spec as { groups: { rules: Alert[] }[] };
  const rendered = groups.flatMap(({ rules }) => rules);
  const expected = alerts()
    .filter(({ alert }) => alert !== "WirespanAgentsNotReady")
    .map((rule) => ({ ...rule, labels: { ...rule.labels, team: "platform" } }));
  assert.deepEqual(rendered.slice(0, -1), expected);
  assert.equal(rendered.at(-1)?.alert, "WirespanIsQuiet");

  const folder = mkdtempSync(join(tmpdir(), "wirespan-rules-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "rules.yaml"), stringify({ groups }));
  await promtool("check", "rules", join(folder, "rules.yaml"));
});

test("dashboards are ConfigMaps with the sidecar's label, and ask the data sources that are given", async () => {
  const objects = await renderObjects({ files: [join(CHART, "ci/monitoring-values.yaml")] });
  const maps = objects.filter(({ kind }) => kind === "ConfigMap");
  assert.deepEqual(
    maps.map(({ metadata }) => metadata.name),
    ["wirespan-blast-radius", "wirespan-service-graph", "wirespan-tracing-rollout", "wirespan-wirespan-health"],
  );
  for (const { metadata, data } of maps) {
    assert.equal((metadata.labels as Record<string, string>).grafana_dashboard, "1");
    const [[file = "", text = ""] = []] = Object.entries(data as Record<string, string>);
    assert.match(file, /\.json$/);
    const sources = [...JSON.stringify(JSON.parse(text)).matchAll(/"type":"(prometheus|tempo)","uid":"([^"]*)"/g)];
    assert.ok(sources.length > 3);
    for (const [, type, uid] of sources) assert.equal(uid, type === "prometheus" ? "mimir" : "tempo");
  }
});
