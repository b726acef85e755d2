// Grafana's provisioning: the files agree with one another, and every expression has an answer once data has come in.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { CLI, cleanEnvironment, RECORDING } from "../support/cli/wirespan.ts";
import { askUntil } from "./support/ask-until.ts";
import { type ConsumerNamespace, consumerNamespace } from "./support/consumer-namespace.ts";
import { COLLECTOR_ENDPOINT, PORTS, startCollector, startPrometheus } from "./support/consumer-servers.ts";
import {
  type Dashboard,
  interpolated,
  readDashboards,
  readDataSources,
  readProviders,
  variableQuery,
} from "./support/dashboards.ts";
import { ask, askOne } from "./support/prometheus-api.ts";
import { DEMO, replayInto } from "./support/recordings.ts";

const ANSWER_MILLIS = 120_000;
const dashboards = readDashboards();
const dataSources = readDataSources();

test("data sources: the service map is Prometheus, and each address is the shipped server's", () => {
  const [prometheus, tempo] = dataSources;
  assert.deepEqual([prometheus?.type, tempo?.type], ["prometheus", "tempo"]);
  assert.equal(tempo?.jsonData.serviceMap?.datasourceUid, prometheus?.uid);
  assert.equal(prometheus?.url, `http://localhost:${PORTS.prometheus}`);
  assert.equal(tempo?.url, `http://localhost:${PORTS.tempo}`);
  assert.deepEqual(
    readProviders().map(({ type, options }) => [type, options.path]),
    [["file", "/etc/grafana/dashboards"]],
  );
});

for (const { title, uid, panels, templating } of dashboards) {
  test(`${title}: panels have data sources that exist, a description, and a place of their own`, () => {
    const known = new Map(dataSources.map((source) => [source.uid, source.type]));
    const used = [
      ...panels.flatMap(({ datasource, targets }) => [datasource, ...targets.map((target) => target.datasource)]),
      ...templating.list.map(({ datasource }) => datasource),
    ];
    for (const source of used) assert.equal(known.get(source.uid), source.type, source.uid);
    assert.match(uid, /^wirespan-/);
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const cells = new Set<string>();
    for (const { title: panel, description, gridPos, targets } of panels) {
      assert.notEqual(description, "", panel);
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, panel);
      assert.ok(gridPos.x + gridPos.w <= 24, panel);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(!cells.has(`${x} ${y}`), `${panel} lies over another panel`);
          cells.add(`${x} ${y}`);
        }
      }
    }
  });
}

test("graphs are node graphs of Tempo's service map, with variables as regular expressions", () => {
  const graphs = dashboards.flatMap(({ panels }) => panels.filter(({ type }) => type === "nodeGraph"));
  assert.equal(graphs.length, 2);
  for (const { datasource, targets } of graphs) {
    const [{ queryType, serviceMapQuery = [] } = {}] = targets;
    assert.deepEqual([datasource.type, queryType, serviceMapQuery.length], ["tempo", "serviceMap", 2]);
    // Grafana writes several values of a plain variable as {a,b} here, which is no regular expression.
    for (const query of serviceMapQuery) assert.match(query, /namespace=~"\$\{\w+:regex\}"/);
  }
});

test("columns of tables have names, and units where they are numbers", () => {
  for (const { title, targets, transformations, fieldConfig } of panelsOf("table")) {
    const renamed = transformations?.find(({ id }) => id === "organize")?.options.renameByName ?? {};
    const units = new Map(fieldConfig?.overrides.map(({ matcher, properties }) => [matcher.options, properties]));
    for (const { refId } of targets) {
      const column = renamed[targets.length === 1 ? "Value" : `Value #${refId}`] ?? "";
      assert.ok(
        units.get(column)?.some(({ id }) => id === "unit"),
        `${title}: ${refId} ${column}`,
      );
    }
  }
  for (const { title, fieldConfig } of [...panelsOf("stat"), ...panelsOf("timeseries")]) {
    assert.notEqual(fieldConfig?.defaults.unit, undefined, title);
  }
});

function panelsOf(type: string) {
  return dashboards.flatMap(({ panels }) => panels.filter((panel) => panel.type === type));
}

/**
 * Panels without an answer here, and why a healthy cluster may have none either: there is nothing to list, or this agent
 * sees no traffic. They must say so.
 */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set([
  "Already failing",
  "Clients that only fail",
  "Connections shown by real spans",
  "Edges shown by real spans",
  "Half done",
]);

/** PromQL of every panel and variable of a dashboard. */
function expressionsOf({ panels, templating }: Dashboard): string[] {
  const answered = panels.filter(({ title }) => !MAY_BE_EMPTY.has(title));
  const ofPanels = answered.flatMap(({ targets }) => targets.flatMap(({ expr }) => (expr === undefined ? [] : [expr])));
  const ofVariables = templating.list.map(({ definition }) => variableQuery(definition).expression);
  return [...ofPanels, ...ofVariables].map((expression) => interpolated(expression));
}

test("panels that a healthy cluster may leave empty say why", () => {
  const tables = panelsOf("table").map(({ title }) => title);
  const all = dashboards.flatMap(({ panels }) => panels);
  for (const title of [...MAY_BE_EMPTY, ...tables, "Failures by edge"]) {
    const panels = all.filter((panel) => panel.title === title);
    assert.notEqual(panels.length, 0, title);
    for (const { fieldConfig } of panels) assert.match(fieldConfig?.defaults.noValue ?? "", /\w/, title);
  }
});

/** An agent inside, as on a node: it captures, is scraped, and sends to the Collector. */
function startAgent(t: TestContext, inside: ConsumerNamespace): void {
  const [program = "", ...prefix] = inside.prefix;
  const args = ["agent", "--cluster", join(RECORDING, "cluster.json"), "--node", "node-a", "--listen", ":9464"];
  const agent = spawn(program, [...prefix, process.execPath, CLI, ...args], {
    stdio: ["ignore", "ignore", "inherit"],
    env: cleanEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR_ENDPOINT }),
  });
  t.after(() => agent.kill("SIGTERM"));
}

test("every expression of the dashboards has an answer in a real Prometheus", async (t) => {
  const inside = consumerNamespace(t);
  await Promise.all([startPrometheus(t, inside), startCollector(t, inside)]);
  startAgent(t, inside);
  const { pairs } = await replayInto(t, inside, DEMO, COLLECTOR_ENDPOINT);
  const counted = () => askOne(inside, "sum(traces_service_graph_request_total)");
  assert.equal(await askUntil(counted, (sum) => sum >= pairs, ANSWER_MILLIS), pairs);
  await replayInto(t, inside, DEMO, COLLECTOR_ENDPOINT);

  const expressions = dashboards.flatMap(expressionsOf);
  assert.ok(expressions.length > 30);
  // Rates need two scrapes, and what is written below as empty is what still has none.
  const empty = async () => {
    const answers = await Promise.all(expressions.map((expression) => ask(inside, expression)));
    return expressions.filter((_, i) => !answers[i]?.some(({ value }) => Number.isFinite(value)));
  };
  assert.deepEqual(await askUntil(empty, ({ length }) => length === 0, ANSWER_MILLIS), []);
});
