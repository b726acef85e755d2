import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { after, before, test } from "node:test";
import { createExporter } from "../../src/export/create-exporter.ts";
import type { DrainResult } from "../../src/export/queue/exporter.ts";
import { ConfigError } from "../../src/model/errors.ts";
import { interaction } from "../export/support/sample-interactions.ts";
import { type Certificates, makeCertificates } from "./support/certificates.ts";
import { type CollectorProcess, startCollector } from "./support/collector-process.ts";

let certificates: Certificates;
let plain: CollectorProcess;
let tls: CollectorProcess;
let mutual: CollectorProcess;

before(async () => {
  certificates = makeCertificates();
  const setting = "receivers::otlp::protocols::grpc::tls";
  const server = [
    `${setting}::cert_file: ${certificates.serverCertificate}`,
    `${setting}::key_file: ${certificates.serverKey}`,
  ];
  [plain, tls, mutual] = await Promise.all([
    startCollector(),
    startCollector({ overlays: server }),
    startCollector({ overlays: [...server, `${setting}::client_ca_file: ${certificates.authority}`] }),
  ]);
});
after(() => Promise.all([plain, tls, mutual].map((collector) => collector?.stop())));

async function sendOne(env: Record<string, string>): Promise<DrainResult> {
  const exporter = await createExporter(env, {
    version: "0.0.0",
    keepNodes: false,
    times: "replay",
    maxRetryMillis: 700,
  });
  exporter.add(interaction());
  const result = await exporter.drain();
  await exporter.shutdown();
  return result;
}

function assertOneSentence(problem: string | null, fix: RegExp): void {
  assert.match(problem ?? "", fix);
  assert.match(problem ?? "", /^the Collector at [^\n]+$/);
}

async function assertArrives(collector: CollectorProcess, env: Record<string, string>): Promise<void> {
  const sum = (edges: { requests: number }[]) => edges.reduce((total, edge) => total + edge.requests, 0);
  const earlier = sum(await collector.edges());
  const result = await sendOne(env);
  assert.ok(result.complete, result.problem ?? "");
  assert.ok(sum(await collector.edgesOf(earlier + 1)) > earlier);
}

test("a scheme-less endpoint works once a variable decides about TLS", async () => {
  await assertArrives(plain, {
    OTEL_EXPORTER_OTLP_ENDPOINT: `127.0.0.1:${plain.ports.otlp}`,
    OTEL_EXPORTER_OTLP_INSECURE: "true",
  });
  await assertArrives(tls, {
    OTEL_EXPORTER_OTLP_ENDPOINT: `127.0.0.1:${tls.ports.otlp}`,
    OTEL_EXPORTER_OTLP_CERTIFICATE: certificates.authority,
  });
});

test("TLS with the authority's certificate", () =>
  assertArrives(tls, {
    OTEL_EXPORTER_OTLP_ENDPOINT: `https://localhost:${tls.ports.otlp}`,
    OTEL_EXPORTER_OTLP_CERTIFICATE: certificates.authority,
  }));

test("TLS both ways with a client certificate, and gzip", () =>
  assertArrives(mutual, {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `https://127.0.0.1:${mutual.ports.otlp}`,
    OTEL_EXPORTER_OTLP_CERTIFICATE: certificates.authority,
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: certificates.clientCertificate,
    OTEL_EXPORTER_OTLP_CLIENT_KEY: certificates.clientKey,
    OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
  }));

test("an unknown authority is one sentence that names the variable", async () => {
  const result = await sendOne({ OTEL_EXPORTER_OTLP_ENDPOINT: `https://localhost:${tls.ports.otlp}` });
  assertOneSentence(result.problem, /untrusted certificate.*OTEL_EXPORTER_OTLP_CERTIFICATE/);
  assert.equal(result.complete, false);
});

test("a missing client certificate is one sentence", async () => {
  const result = await sendOne({
    OTEL_EXPORTER_OTLP_ENDPOINT: `https://localhost:${mutual.ports.otlp}`,
    OTEL_EXPORTER_OTLP_CERTIFICATE: certificates.authority,
  });
  assertOneSentence(result.problem, /certificate/);
});

test("https to a plain text Collector is one sentence", async () => {
  const result = await sendOne({ OTEL_EXPORTER_OTLP_ENDPOINT: `https://localhost:${plain.ports.otlp}` });
  assertOneSentence(result.problem, /does not use TLS.*http:\/\//);
});

test("http to a Collector that wants TLS is one sentence", async () => {
  const result = await sendOne({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${tls.ports.otlp}` });
  assertOneSentence(result.problem, /https:\/\//);
});

test("a port on which nothing listens is one sentence", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  const result = await sendOne({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  assertOneSentence(result.problem, /refuses the connection: start it/);
  assert.equal(result.counters.dropped.unreachable, 1);
});

test("a name that does not exist is one sentence", async () => {
  const result = await sendOne({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector.invalid:4317" });
  assertOneSentence(result.problem, /does not resolve/);
});

test("an HTTP server in place of gRPC is one sentence", async () => {
  const server = createHttpServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const result = await sendOne({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  server.close();
  assertOneSentence(result.problem, /4317, not 4318/);
});

test("a certificate file that is absent or no PEM is refused at start", async () => {
  const endpoint = `https://localhost:${tls.ports.otlp}`;
  const start = (path: string) =>
    createExporter(
      { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_CERTIFICATE: path },
      { version: "0.0.0", keepNodes: false, times: "live" },
    );
  for (const path of ["/absent/ca.pem", import.meta.filename]) {
    await assert.rejects(start(path), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /^(cannot read|invalid) OTEL_EXPORTER_OTLP_CERTIFICATE=[^\n]*PEM file[^\n]*$/);
      return true;
    });
  }
});
