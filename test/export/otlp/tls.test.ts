// TLS from the standard variables, with a test receiver; with real Collectors: test/collector/transport.test.ts.
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { createServer as createHttpsServer } from "node:https";
import { dirname } from "node:path";
import { after, before, test } from "node:test";
import { ServerCredentials } from "@grpc/grpc-js";
import { createExporter } from "../../../src/export/create-exporter.ts";
import type { DrainResult } from "../../../src/export/queue/exporter.ts";
import { ConfigError } from "../../../src/model/errors.ts";
import { type Certificates, makeCertificates } from "../../collector/support/certificates.ts";
import { startHttpReceiver } from "../support/http-receiver.ts";
import { ACCEPT, type OtlpReceiver, startOtlpReceiver } from "../support/otlp-receiver.ts";
import { interaction } from "../support/sample-interactions.ts";

let certificates: Certificates;
/** One with a server certificate; `mutual` also requires a client certificate. */
let tls: OtlpReceiver;
let mutual: OtlpReceiver;

before(async () => {
  certificates = makeCertificates();
  const [authority, chain, key] = [certificates.authority, certificates.serverCertificate, certificates.serverKey].map(
    (path) => readFileSync(path),
  );
  assert.ok(authority && chain && key);
  const start = (wantsClient: boolean) =>
    startOtlpReceiver(
      () => ACCEPT,
      "127.0.0.1:0",
      ServerCredentials.createSsl(authority, [{ cert_chain: chain, private_key: key }], wantsClient),
    );
  [tls, mutual] = await Promise.all([start(false), start(true)]);
});
after(() => {
  for (const receiver of [tls, mutual]) receiver?.stop();
  rmSync(dirname(certificates.authority), { recursive: true, force: true });
});

async function sendOne({ port }: { readonly port: number }, env: Record<string, string>): Promise<DrainResult> {
  const exporter = await createExporter(
    { OTEL_EXPORTER_OTLP_ENDPOINT: `https://127.0.0.1:${port}`, ...env },
    { version: "0.0.0", keepNodes: false, times: "replay", maxRetryMillis: 300 },
  );
  exporter.add(interaction());
  const result = await exporter.drain();
  await exporter.shutdown();
  return result;
}

const authority = () => ({ OTEL_EXPORTER_OTLP_CERTIFICATE: certificates.authority });
const client = () => ({
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: certificates.clientCertificate,
  OTEL_EXPORTER_OTLP_CLIENT_KEY: certificates.clientKey,
});

test("a Collector is trusted only with the certificate authority of the variable", async () => {
  assert.equal((await sendOne(tls, authority())).counters.sent, 1);
  const stranger = await sendOne(tls, {});
  assert.equal(stranger.counters.sent, 0);
  assert.match(stranger.problem ?? "", /certificate/);
});

test("a client certificate does not replace the certificate authority", async () => {
  assert.equal((await sendOne(mutual, { ...authority(), ...client() })).counters.sent, 1);
  assert.equal((await sendOne(mutual, client())).counters.sent, 0);
});

test("a Collector that requires a client certificate accepts nothing without one", async () => {
  const before = mutual.requests.length;
  assert.equal((await sendOne(mutual, authority())).counters.sent, 0);
  assert.equal(mutual.requests.length, before);
});

test("a key that does not match the client certificate is rejected before anything is sent", async () => {
  const env = { ...authority(), ...client(), OTEL_EXPORTER_OTLP_CLIENT_KEY: certificates.serverKey };
  await assert.rejects(
    sendOne(mutual, env),
    (error) =>
      error instanceof ConfigError && /_CLIENT_KEY=.* does not match the certificate .*client\.pem/.test(error.message),
  );
});

test("over HTTP, authority and client's certificate count as over gRPC", async (t) => {
  const [ca, cert, key] = [certificates.authority, certificates.serverCertificate, certificates.serverKey].map((path) =>
    readFileSync(path),
  );
  const start = (requestCert: boolean) =>
    startHttpReceiver(undefined, (listener) => createHttpsServer({ ca, cert, key, requestCert }, listener));
  const [oneWay, bothWays] = await Promise.all([start(false), start(true)]);
  t.after(() => {
    for (const receiver of [oneWay, bothWays]) receiver.stop();
  });
  const http = { OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" };
  assert.equal((await sendOne(oneWay, { ...http, ...authority() })).counters.sent, 1);
  assert.equal((await sendOne(bothWays, { ...http, ...authority(), ...client() })).counters.sent, 1);
  const stranger = await sendOne(oneWay, http);
  assert.deepEqual([stranger.counters.sent, stranger.counters.unknown], [0, 0]);
  assert.match(stranger.problem ?? "", /untrusted certificate: set OTEL_EXPORTER_OTLP_CERTIFICATE/);
  const before = bothWays.requests.length;
  assert.equal((await sendOne(bothWays, { ...http, ...authority() })).counters.sent, 0);
  assert.equal(bothWays.requests.length, before);
  const plain = { ...http, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${oneWay.port}` };
  assert.match((await sendOne(oneWay, plain)).problem ?? "", /closes the connection.*https:/);
  const unmatched = { ...http, ...authority(), ...client(), OTEL_EXPORTER_OTLP_CLIENT_KEY: certificates.serverKey };
  await assert.rejects(sendOne(bothWays, unmatched), ConfigError);
});
