import assert from "node:assert/strict";
import { test } from "node:test";
import { type Environment, readOtlpEnvironment } from "../../../src/export/otlp/otlp-environment.ts";
import { ConfigError } from "../../../src/model/errors.ts";

test("without any variable spans go to localhost in plain text", () => {
  const environment = readOtlpEnvironment({});
  assert.deepEqual(environment.endpoint, {
    target: "localhost:4317",
    tls: false,
    written: "http://localhost:4317",
  });
  assert.equal(environment.tracesExporter, "otlp");
  assert.equal(environment.maxBatchPairs, 500);
});

const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const endpoints: [string, Environment, string, boolean][] = [
  ["http", { [ENDPOINT]: "http://collector:4317" }, "collector:4317", false],
  ["https", { [ENDPOINT]: "https://collector:4317/" }, "collector:4317", true],
  ["http on port 80", { [ENDPOINT]: "http://collector:80" }, "collector:80", false],
  ["https on port 443", { [ENDPOINT]: "https://collector:443" }, "collector:443", true],
  ["IPv6", { [ENDPOINT]: "http://[::1]:4317" }, "[::1]:4317", false],
  ["a unix socket", { [ENDPOINT]: "unix:///run/otel.sock" }, "unix:///run/otel.sock", false],
  [
    "no scheme, said to be insecure",
    { [ENDPOINT]: "collector:4317", OTEL_EXPORTER_OTLP_INSECURE: "True" },
    "collector:4317",
    false,
  ],
  [
    "no scheme, said to be secure",
    { [ENDPOINT]: "collector:4317", OTEL_EXPORTER_OTLP_INSECURE: "false" },
    "collector:4317",
    true,
  ],
  [
    "no scheme, with a certificate",
    { [ENDPOINT]: "10.0.0.1:4317", OTEL_EXPORTER_OTLP_CERTIFICATE: "/ca.pem" },
    "10.0.0.1:4317",
    true,
  ],
  [
    "a scheme, which outranks insecure",
    { [ENDPOINT]: "https://c:4317", OTEL_EXPORTER_OTLP_INSECURE: "true" },
    "c:4317",
    true,
  ],
  [
    "the variable for traces before the general one",
    { [ENDPOINT]: "http://a:1", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://b:2" },
    "b:2",
    false,
  ],
  ["an empty variable, which counts as unset", { [ENDPOINT]: " " }, "localhost:4317", false],
];
for (const [name, env, target, tls] of endpoints) {
  test(`endpoint with ${name}`, () => {
    const { endpoint } = readOtlpEnvironment(env);
    assert.deepEqual({ target: endpoint.target, tls: endpoint.tls }, { target, tls });
  });
}

const refusals: [string, Environment, RegExp][] = [
  [
    "no scheme and nothing said of TLS",
    { [ENDPOINT]: "collector:4317" },
    /has no scheme; use http:\/\/collector:4317 .* https:\/\/collector:4317/,
  ],
  ["no port", { [ENDPOINT]: "http://collector" }, /http:\/\/collector:4317/],
  [
    "a path, as OTLP over HTTP has",
    { [ENDPOINT]: "http://collector:4318/v1/traces" },
    /host and port, .* without path/,
  ],
  ["an unknown scheme", { [ENDPOINT]: "grpc://collector:4317" }, /http:\/\/ or https:\/\//],
  ["nonsense", { [ENDPOINT]: "http://:::" }, /http:\/\/collector:4317/],
  ["a port beyond range", { [ENDPOINT]: "http://collector:99999" }, /http:\/\/collector:4317/],
  ["another protocol", { OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" }, /set it to grpc/],
  ["an unknown exporter", { OTEL_TRACES_EXPORTER: "zipkin" }, /otlp, console or none/],
  ["an unknown compression", { OTEL_EXPORTER_OTLP_COMPRESSION: "zstd" }, /gzip or none/],
  ["a timeout of zero", { OTEL_EXPORTER_OTLP_TIMEOUT: "0" }, /a positive integer/],
  ["a queue size that is no number", { OTEL_BSP_MAX_QUEUE_SIZE: "many" }, /a positive integer/],
  ["a delay with a unit", { OTEL_BSP_SCHEDULE_DELAY: "5s" }, /a positive integer/],
  ["a header without value", { OTEL_EXPORTER_OTLP_HEADERS: "authorization" }, /key=value/],
  ["a header with a line end", { OTEL_EXPORTER_OTLP_HEADERS: "a=b%0Ac" }, /key=value/],
  ["a client certificate without key", { OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: "/c.pem" }, /both or neither/],
];
for (const [name, env, fix] of refusals) {
  test(`refuses ${name} in one sentence that holds the fix`, () => {
    assert.throws(
      () => readOtlpEnvironment(env),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, fix);
        assert.match(error.message, /^[^\n]*[^.\n]$/);
        return true;
      },
    );
  });
}

test("a refused header never shows its value", () => {
  assert.throws(
    () => readOtlpEnvironment({ OTEL_EXPORTER_OTLP_HEADERS: "bad key=s3cret" }),
    (error) => {
      assert.ok(error instanceof ConfigError && !error.message.includes("s3cret"));
      return true;
    },
  );
});

test("headers are decoded, and those for traces outrank the general ones", () => {
  const { headers } = readOtlpEnvironment({
    OTEL_EXPORTER_OTLP_HEADERS: "Authorization=Bearer%20abc=,x-scope=a",
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-scope = b",
  });
  assert.deepEqual(headers, { authorization: "Bearer abc=", "x-scope": "b" });
});

test("sizes are pairs; a batch is never above 500 nor above the queue", () => {
  const sizes = readOtlpEnvironment({ OTEL_BSP_MAX_QUEUE_SIZE: "50000", OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "2000" });
  assert.deepEqual([sizes.maxQueuePairs, sizes.maxBatchPairs], [50_000, 500]);
  const small = readOtlpEnvironment({ OTEL_BSP_MAX_QUEUE_SIZE: "100" });
  assert.deepEqual([small.maxQueuePairs, small.maxBatchPairs], [100, 100]);
});

test("OTEL_SDK_DISABLED and OTEL_TRACES_EXPORTER=none send nothing, and a bad endpoint is then nobody's business", () => {
  assert.equal(readOtlpEnvironment({ OTEL_SDK_DISABLED: "TRUE", [ENDPOINT]: "nonsense" }).tracesExporter, "none");
  assert.equal(readOtlpEnvironment({ OTEL_TRACES_EXPORTER: "none" }).tracesExporter, "none");
  assert.equal(readOtlpEnvironment({ OTEL_TRACES_EXPORTER: "console" }).tracesExporter, "console");
});
