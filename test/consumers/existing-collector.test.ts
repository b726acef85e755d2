// The lines of existing-collector.md, merged into a Collector that had pipelines of its own.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { countedEdges } from "../collector/support/counted-edges.ts";
import { parsePrometheusText } from "../collector/support/prometheus-text.ts";
import { file, temporaryFolder } from "../support/cli/wirespan.ts";
import { repositoryRoot } from "../support/paths.ts";
import { askUntil } from "./support/ask-until.ts";
import { consumerNamespace } from "./support/consumer-namespace.ts";
import { COLLECTOR_ENDPOINT, PORTS, startCollector } from "./support/consumer-servers.ts";
import { readRequests } from "./support/otlp-requests.ts";
import { Senders } from "./support/senders.ts";

const SNIPPETS = /```yaml\n([\s\S]*?)```/g;
const CALLS = 50;
const PAIRS = 700;
const WAIT_MILLIS = 60_000;

/** The lines that are to be merged: those for Prometheus' scrape, or those of otelcol-k8s. */
function snippetIn(folder: string, form: "scrape" | "otelcol-k8s" = "scrape"): string {
  const document = readFileSync(join(repositoryRoot, "collector-config/existing-collector.md"), "utf8");
  const [scrape, k8s] = [...document.matchAll(SNIPPETS)].map(([, lines = ""]) => lines);
  return file(folder, "wirespan.yaml", (form === "scrape" ? scrape : k8s) ?? "");
}

const BARE = `receivers: { otlp: { protocols: { grpc: { endpoint: "127.0.0.1:4317" } } } }
processors: { batch: {} }
exporters: { debug: {} }
service: { pipelines: { traces: { receivers: [otlp], processors: [batch], exporters: [debug] } } }
`;

test("a Collector with otlp, batch and debug alone draws the graph with them", async (t) => {
  const inside = consumerNamespace(t);
  const folder = temporaryFolder(t);
  const bare = file(folder, "bare.yaml", BARE);
  await startCollector(t, inside, { configs: [bare, snippetIn(folder)] });
  const senders = await Senders.start(inside, 1);
  await senders.send(COLLECTOR_ENDPOINT, [{ name: "dark", edges: 1, pairs: PAIRS }]);
  const drawn = await askUntil(
    async () => countedEdges(parsePrometheusText(await inside.get(`http://127.0.0.1:${PORTS.collectorGraph}/metrics`))),
    (edges) => edges.reduce((sum, { requests }) => sum + requests, 0) >= PAIRS,
    WAIT_MILLIS,
  );
  assert.deepEqual(
    drawn.map(({ client, server, requests }) => `${client} ${server} ${requests}`),
    [`dark-0 server-0 ${PAIRS}`],
  );
});

test("the lines for otelcol-k8s send the graph over OTLP, with a label for each Collector", async (t) => {
  const inside = consumerNamespace(t);
  const folder = temporaryFolder(t);
  const configs = [file(folder, "bare.yaml", BARE), snippetIn(folder, "otelcol-k8s")];
  // In place of Prometheus, which takes OTLP from 2.47 on: a Collector that serves what it was sent.
  const receiver = file(
    folder,
    "receiver.yaml",
    `receivers:
  otlp: { protocols: { http: { endpoint: "127.0.0.1:4320", metrics_url_path: /api/v1/otlp/v1/metrics } } }
exporters: { prometheus: { endpoint: "127.0.0.1:${PORTS.collectorGraph}" } }
service:
  telemetry: { metrics: { level: none } }
  pipelines: { metrics: { receivers: [otlp], exporters: [prometheus] } }
`,
  );
  const address = file(
    folder,
    "address.yaml",
    'exporters: { otlp_http/graph: { endpoint: "http://127.0.0.1:4320/api/v1/otlp" } }\n',
  );
  await startCollector(t, inside, { configs: [receiver], ports: [4320, PORTS.collectorGraph] });
  await startCollector(t, inside, {
    configs: [...configs, address],
    env: { POD_NAME: "graph-0" },
    ports: [PORTS.collectorOtlp],
  });
  const senders = await Senders.start(inside, 1);
  await senders.send(COLLECTOR_ENDPOINT, [{ name: "dark", edges: 1, pairs: PAIRS }]);
  const metrics = await askUntil(
    () => inside.get(`http://127.0.0.1:${PORTS.collectorGraph}/metrics`),
    (text) => countedEdges(parsePrometheusText(text)).reduce((sum, { requests }) => sum + requests, 0) >= PAIRS,
    WAIT_MILLIS,
  );
  const counted = metrics.split("\n").filter((line) => line.startsWith("traces_service_graph_request_total{"));
  assert.ok(counted.length > 0);
  for (const series of counted) assert.match(series, /instance="graph-0".*job="wirespan-graph"/);
  assert.match(metrics, /^traces_service_graph_request_server_seconds_bucket\{/m);
});

test("the lines for an existing Collector draw all, and keep wirespan's spans out of its traces", async (t) => {
  const inside = consumerNamespace(t);
  const folder = temporaryFolder(t);
  const backend = join(folder, "backend.jsonl");
  await startCollector(t, inside, {
    configs: ["test/consumers/support/plain-collector.yaml", snippetIn(folder)],
    env: { BACKEND_FILE: backend },
  });

  const [program = "", ...prefix] = inside.prefix;
  const application = fileURLToPath(new URL("./support/application.js", import.meta.url));
  const senders = await Senders.start(inside, 1);
  await Promise.all([
    senders.send(COLLECTOR_ENDPOINT, [{ name: "dark", edges: 1, pairs: PAIRS }]),
    promisify(execFile)(program, [...prefix, process.execPath, application, String(CALLS), COLLECTOR_ENDPOINT]),
  ]);

  const scrape = () => inside.get(`http://127.0.0.1:${PORTS.collectorGraph}/metrics`);
  const drawn = await askUntil(
    async () => countedEdges(parsePrometheusText(await scrape())),
    (edges) => edges.reduce((sum, { requests }) => sum + requests, 0) >= PAIRS + CALLS,
    WAIT_MILLIS,
  );
  assert.deepEqual(drawn.map(({ client, server, requests }) => `${client} ${server} ${requests}`).sort(), [
    `dark-0 server-0 ${PAIRS}`,
    `web api ${CALLS}`,
  ]);

  const spans = await askUntil(
    async () => readRequests(backend).flat(),
    (all) => all.length >= CALLS * 2,
    WAIT_MILLIS,
  );
  assert.deepEqual([...new Set(spans.map(({ resource }) => resource["service.name"]))].sort(), ["api", "web"]);
  assert.equal(spans.length, CALLS * 2);
});
