// `wirespan doctor --prometheus` on real Collectors with exactly the misconfigurations that it detects.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { freePort } from "../servers/server-programs.ts";
import { type Ended, wirespan } from "../support/cli/wirespan.ts";
import { type CollectorOptions, type CollectorProcess, startCollector } from "./support/collector-process.ts";
import { startPrometheus } from "./support/prometheus-process.ts";

/** Long enough for a flush and two scrapes on a busy machine; a cause that shows nothing takes all of it. */
const GRAPH_SECONDS = "25";
const DEADLINE = { timeout: 180_000 };
const BEFORE_CONNECTOR = "service::pipelines::traces/graph::processors: [probabilistic_sampler]";

async function collectorOf(t: TestContext, options: CollectorOptions): Promise<CollectorProcess> {
  const collector = await startCollector(options);
  t.after(() => collector.stop("SIGKILL"));
  return collector;
}

interface Setup {
  readonly collector: CollectorProcess;
  readonly prometheus: string;
}

/** A Collector with these changes, and a Prometheus that scrapes its graph and its own counters. */
async function setUp(t: TestContext, options: CollectorOptions = {}, others: readonly number[] = []): Promise<Setup> {
  const collector = await collectorOf(t, options);
  const { prometheus, telemetry } = collector.ports;
  return { collector, prometheus: await startPrometheus(t, [prometheus, telemetry, ...others]) };
}

const CAPTURE = ["--device", "lo", "--seconds", "0", "--no-kubernetes"];

function doctor({ collector, prometheus }: Setup, env: Record<string, string> = {}): Promise<Ended> {
  const graph = ["--collector", collector.endpoint, "--prometheus", prometheus, "--graph-seconds", GRAPH_SECONDS];
  return wirespan(["doctor", ...CAPTURE, ...graph], { env });
}

/** The line of a check. */
function lineOf({ stdout }: Ended, check: string): string {
  return stdout.split("\n").find((line) => line.slice(9).startsWith(`${check} `)) ?? `no line for ${check}:\n${stdout}`;
}

function assertFailed(run: Ended, check: string, cause: RegExp): void {
  assert.equal(run.code, 1, run.stdout);
  assert.match(lineOf(run, check), /^failed/);
  assert.match(lineOf(run, check), cause);
}

describe("doctor looks at the other end", { concurrency: 3 }, () => {
  test("all is as collector-config has it: every test pair is there, once", DEADLINE, async (t) => {
    const run = await doctor(await setUp(t));
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(lineOf(run, "graph"), /^ok .*the graph counts all 10 test pairs once/);
    assert.match(lineOf(run, "clock"), /^ok/);
  });

  test("what an earlier run has left in Prometheus, or on the way there, is not counted", DEADLINE, async (t) => {
    const setup = await setUp(t);
    await doctor(setup);
    const { code } = await wirespan(["doctor", ...CAPTURE, "--collector", setup.collector.endpoint]);
    assert.equal(code, 0);
    assert.match(lineOf(await doctor(setup), "graph"), /^ok .*all 10 test pairs/);
  });

  test("no connector", DEADLINE, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "wirespan-doctor-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const config = join(folder, "collector.yaml");
    const endpoint = (name: string) => `\${env:WIRESPAN_${name}}`;
    writeFileSync(
      config,
      `receivers: {otlp: {protocols: {grpc: {endpoint: "${endpoint("OTLP_ENDPOINT")}"}}}}
exporters: {debug: {}, prometheus: {endpoint: "${endpoint("PROMETHEUS_ENDPOINT")}"}}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [debug]}
    metrics: {receivers: [otlp], exporters: [prometheus]}
  telemetry:
    metrics:
      readers:
        - pull:
            exporter:
              prometheus:
                host: 127.0.0.1
                port: ${endpoint("TELEMETRY_PORT")}
`,
    );
    const run = await doctor(await setUp(t, { config }));
    assertFailed(run, "graph", /none of 10 test pairs .*the Collector has no service_graph connector .*; add it/);
  });

  test("no connector, or another Collector's Prometheus: it is not known which", DEADLINE, async (t) => {
    const collector = await collectorOf(t, {});
    const run = await doctor({ collector, prometheus: await startPrometheus(t, []) });
    assertFailed(run, "graph", /no service_graph connector .*, or this Prometheus does not scrape/);
  });

  test("a namespace prefix", DEADLINE, async (t) => {
    const run = await doctor(await setUp(t, { overlays: ["exporters::prometheus::namespace: acme"] }));
    assertFailed(run, "graph", /acme_traces_service_graph_request_total.*remove `namespace: acme`/);
  });

  test("no units in names", DEADLINE, async (t) => {
    const run = await doctor(
      await setUp(t, { overlays: ["exporters::prometheus::translation_strategy: UnderscoreEscapingWithoutSuffixes"] }),
    );
    assertFailed(run, "latency", /names of durations lack a unit.*remove the `translation_strategy` without suffixes/);
  });

  test("a sampler before the connector that keeps some", DEADLINE, async (t) => {
    const overlays = ["processors::probabilistic_sampler::sampling_percentage: 50", BEFORE_CONNECTOR];
    const run = await doctor(await setUp(t, { overlays }));
    assertFailed(run, "graph", /the service_graph connector receives sampled spans/);
  });

  test("a sampler before the connector that keeps nothing", DEADLINE, async (t) => {
    const overlays = ["processors::probabilistic_sampler::sampling_percentage: 0", BEFORE_CONNECTOR];
    const run = await doctor(await setUp(t, { overlays }));
    assertFailed(run, "graph", /none of 10 test pairs .*receives sampled spans/);
  });

  test("two generators into one Prometheus", DEADLINE, async (t) => {
    const second = await collectorOf(t, {});
    const sendsOn = { tempo: `127.0.0.1:${second.ports.otlp}` };
    const run = await doctor(await setUp(t, sendsOn, [second.ports.prometheus]));
    assertFailed(
      run,
      "graph",
      /10 test pairs are counted as (1[1-9]|20): two components write the graph .*\(job=\d+, job=\d+\)/,
    );
  });

  test("a clock that is a minute ahead", DEADLINE, async (t) => {
    const ahead = "const now = Date.now; Date.now = () => now() + 60_000;";
    const run = await doctor(await setUp(t), {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(ahead)}`,
    });
    assertFailed(run, "clock", /60 s ahead of Prometheus'; Tempo discards/);
    assert.match(lineOf(run, "graph"), /^ok/);
  });

  test("a Prometheus that does not answer is reported before anything is sent", DEADLINE, async (t) => {
    const collector = await collectorOf(t, {});
    const run = await doctor({ collector, prometheus: `http://127.0.0.1:${await freePort()}` });
    assertFailed(run, "graph", /does not answer .*start Prometheus, or correct --prometheus/);
    assert.match(lineOf(run, "Collector"), /no line/);
    const other = await doctor({ collector, prometheus: `http://127.0.0.1:${collector.ports.telemetry}` });
    assertFailed(other, "graph", /has no Prometheus API \(HTTP 404: .*\); add the prefix to --prometheus/);
  });
});

test("--prometheus without --collector, and an invalid URL, are rejected", async () => {
  const alone = await wirespan(["doctor", "--prometheus", "http://127.0.0.1:9090"]);
  assert.equal(alone.code, 2);
  assert.match(alone.stderr, /--prometheus requires --collector, .*; add --collector/);
  const odd = await wirespan(["doctor", "--collector", "http://127.0.0.1:1", "--prometheus", "prometheus:9090"]);
  assert.equal(odd.code, 2);
  assert.match(odd.stderr, /write it like http:\/\/prometheus:9090/);
});
