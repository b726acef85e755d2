// OTLP over HTTP to the real Collector: the same graph as over gRPC, and one sentence where port and protocol do not fit.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { after, before, test } from "node:test";
import { checkCollector } from "../../src/doctor/collector.ts";
import { createExporter } from "../../src/export/create-exporter.ts";
import { failedLookup, interaction, refused, workload } from "../export/support/sample-interactions.ts";
import { freePort } from "../servers/server-programs.ts";
import { type Certificates, makeCertificates } from "./support/certificates.ts";
import { type CollectorProcess, startCollector } from "./support/collector-process.ts";

type Variables = Record<string, string>;

const HTTP = { OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" };
let certificates: Certificates;
let plain: CollectorProcess;
let mutual: CollectorProcess;
let ports: { plain: number; mutual: number };

before(async () => {
  certificates = makeCertificates();
  ports = { plain: await freePort(), mutual: await freePort() };
  const receiver = "receivers::otlp::protocols::http";
  const endpoint = (port: number) => `${receiver}::endpoint: 127.0.0.1:${port}`;
  [plain, mutual] = await Promise.all([
    startCollector({ overlays: [endpoint(ports.plain)] }),
    startCollector({
      overlays: [
        endpoint(ports.mutual),
        `${receiver}::tls::cert_file: ${certificates.serverCertificate}`,
        `${receiver}::tls::key_file: ${certificates.serverKey}`,
        `${receiver}::tls::client_ca_file: ${certificates.authority}`,
      ],
    }),
  ]);
});
after(async () => {
  await Promise.all([plain, mutual].map((collector) => collector?.stop()));
  rmSync(dirname(certificates.authority), { recursive: true, force: true });
});

const SAMPLES = [
  ...Array.from({ length: 700 }, () => interaction()),
  ...Array.from({ length: 30 }, () => refused()),
  interaction({ client: workload("orders", "staging") }),
  failedLookup(),
];

async function send(env: Variables): Promise<void> {
  const exporter = await createExporter(env, { version: "0.0.0", keepNodes: false, times: "replay" });
  for (const sample of SAMPLES) exporter.add(sample);
  const { complete, problem } = await exporter.drain();
  await exporter.shutdown();
  assert.ok(complete, problem ?? "");
}

test("the Collector counts the same edges over HTTP as over gRPC", async () => {
  await send({ OTEL_EXPORTER_OTLP_ENDPOINT: plain.endpoint });
  const overGrpc = await plain.edgesOf(SAMPLES.length);
  const gzip = { OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" };
  await send({ ...HTTP, ...gzip, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.plain}` });
  const overBoth = await plain.edgesOf(2 * SAMPLES.length);
  assert.equal(overGrpc.length, 3);
  assert.deepEqual(
    overBoth,
    overGrpc.map((edge) => ({ ...edge, requests: 2 * edge.requests, failed: 2 * edge.failed })),
  );
  assert.equal(await plain.ownCounter("otelcol_connector_servicegraph_expired_edges"), 0);
});

test("the Collector counts what comes over TLS with certificates on both ends", async () => {
  await send({
    ...HTTP,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `https://localhost:${ports.mutual}/v1/traces`,
    OTEL_EXPORTER_OTLP_CERTIFICATE: certificates.authority,
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: certificates.clientCertificate,
    OTEL_EXPORTER_OTLP_CLIENT_KEY: certificates.clientKey,
  });
  assert.equal((await mutual.edgesOf(SAMPLES.length)).length, 3);
});

const checks: [string, () => Variables, RegExp][] = [
  [
    "HTTP to its HTTP port is a finding without a problem",
    () => ({ ...HTTP, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.plain}` }),
    /accepted a test pair/,
  ],
  [
    "HTTP to its gRPC port",
    () => ({ ...HTTP, OTEL_EXPORTER_OTLP_ENDPOINT: plain.endpoint }),
    /check that the port is its OTLP HTTP port \(4318, not 4317\)/,
  ],
  [
    "gRPC to its HTTP port",
    () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.plain}` }),
    /check that the port is its OTLP gRPC port \(4317, not 4318\)/,
  ],
  [
    "a path that it does not have",
    () => ({ ...HTTP, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.plain}/v1/traces` }),
    /does not accept traces at \/v1\/traces\/v1\/traces \(HTTP 404/,
  ],
  [
    "plain text to its TLS port",
    () => ({ ...HTTP, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.mutual}` }),
    /requires TLS: use https:/,
  ],
  [
    "TLS to its plain port",
    () => ({ ...HTTP, OTEL_EXPORTER_OTLP_ENDPOINT: `https://127.0.0.1:${ports.plain}` }),
    /does not use TLS: use http:/,
  ],
];
for (const [name, env, text] of checks) {
  test(`doctor: ${name}`, async () => {
    const { finding } = await checkCollector(env(), 1);
    assert.match(JSON.stringify(finding), text);
  });
}
