// The Collectors' side of the examples, loaded by the real Collector and the real Tempo.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { serverProgram } from "../servers/server-programs.ts";
import { repositoryRoot } from "../support/paths.ts";
import { CHART } from "./helm.ts";

type Tree = Readonly<Record<string, unknown>>;

/** What the charts' own values and the Operator set before ours: the names that our lines refer to. */
const BASE: Tree = {
  receivers: { otlp: { protocols: { grpc: { endpoint: "127.0.0.1:4317" }, http: { endpoint: "127.0.0.1:4318" } } } },
  processors: { batch: {}, memory_limiter: { check_interval: "5s", limit_percentage: 80, spike_limit_percentage: 25 } },
  exporters: { debug: {} },
  service: {
    pipelines: { traces: { receivers: ["otlp"], processors: ["memory_limiter", "batch"], exporters: ["debug"] } },
  },
};

/** Where an example has the Collector's configuration. */
const CONFIGURATIONS: Readonly<Record<string, readonly string[]>> = {
  "collector-daemonset/collector-values.yaml": ["config"],
  "collector-deployment/collector-values.yaml": ["config"],
  "collector-daemonset-service/collector-values.yaml": ["config"],
  "kube-stack/collector-values.yaml": ["collectors", "daemon", "config"],
  "operator/collector.yaml": ["spec", "config"],
};

const snippets = [
  ...readFileSync(join(repositoryRoot, "collector-config/existing-collector.md"), "utf8").matchAll(
    /```yaml\n([\s\S]*?)```/g,
  ),
].map(([, lines = ""]) => parse(lines) as Tree);

function example(path: string): Tree {
  return parse(readFileSync(join(CHART, "examples", path), "utf8")) as Tree;
}

function at(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Tree)[name], tree);
}

/** As Helm merges values: maps are united, everything else is replaced. */
function merged(base: unknown, over: unknown): unknown {
  if (!isTree(base) || !isTree(over)) return over;
  const names = [...new Set([...Object.keys(base), ...Object.keys(over)])];
  return Object.fromEntries(names.map((name) => [name, name in over ? merged(base[name], over[name]) : base[name]]));
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fileOf(t: TestContext, content: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-collector-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "config.yaml");
  writeFileSync(path, stringify(content));
  return path;
}

for (const [path, place] of Object.entries(CONFIGURATIONS)) {
  test(`the Collector takes the configuration of ${path}`, async (t) => {
    const config = fileOf(t, merged(BASE, at(example(path), place)));
    const otelcol = await serverProgram("collector", "otelcol");
    await promisify(execFile)(otelcol, ["validate", "--config", config], { env: { POD_NAME: "graph-0" } });
  });

  test(`${path} draws with the lines of existing-collector.md`, () => {
    const config = at(example(path), place) as Tree;
    const same = snippets.find(
      ({ exporters }) => Object.keys(exporters as Tree)[0] === Object.keys(config.exporters as Tree)[0],
    );
    assert.deepEqual(config.connectors, same?.connectors);
    assert.deepEqual(
      at(config, ["service", "pipelines", "metrics/graph"]),
      at(same, ["service", "pipelines", "metrics/graph"]),
    );
  });
}

test("the Collector refuses what it does not know", async (t) => {
  const config = fileOf(t, merged(BASE, { connectors: { service_graph: { dimension: ["a"] } } }));
  const otelcol = await serverProgram("collector", "otelcol");
  await assert.rejects(promisify(execFile)(otelcol, ["validate", "--config", config]), /dimension/);
});

test("Tempo takes the metrics generator of tempo-distributed", async (t) => {
  const { metricsGenerator, overrides } = example("tempo-distributed/collector-values.yaml") as Record<string, Tree>;
  const config = fileOf(t, { metrics_generator: metricsGenerator?.config, overrides });
  const tempo = await serverProgram("tempo", "tempo");
  await promisify(execFile)(tempo, [`-config.file=${config}`, "-config.verify=true"]);
});

test("every example of a Collector has its latency buckets from 250 us on", () => {
  const names = [
    "k8s-monitoring",
    "alloy",
    "tempo-distributed",
    ...Object.keys(CONFIGURATIONS).map((path) => path.split("/")[0] ?? ""),
  ];
  for (const name of names) {
    const [text = ""] = ["collector-values.yaml", "collector.yaml"]
      .map((file) => join(CHART, "examples", name, file))
      .filter(existsSync)
      .map((file) => readFileSync(file, "utf8"));
    assert.match(text, /\[?"?(250us|0\.00025)/, name);
  }
});
