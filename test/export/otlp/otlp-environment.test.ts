import assert from "node:assert/strict";
import { test } from "node:test";
import { type Environment, readOtlpEnvironment } from "../../../src/export/otlp/otlp-environment.ts";
import { ConfigError } from "../../../src/model/errors.ts";

test("without variables spans go to localhost in plain text", () => {
  const environment = readOtlpEnvironment({});
  assert.deepEqual(environment.endpoint, {
    target: "localhost:4317",
    tls: false,
    path: "",
    written: "http://localhost:4317",
  });
  assert.equal(environment.protocol, "grpc");
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
  ["a bare IPv6 host", { [ENDPOINT]: "http://fd00::1:4317" }, "[fd00::1]:4317", false],
  ["a bare IPv6 host in full", { [ENDPOINT]: "https://2001:DB8:0:0:0:0:0:1:4317/" }, "[2001:db8::1]:4317", true],
  ["the bare loopback host of IPv6", { [ENDPOINT]: "http://::1:4317" }, "[::1]:4317", false],
  ["an IPv4-mapped host", { [ENDPOINT]: "http://::ffff:10.0.0.1:4317" }, "[::ffff:a00:1]:4317", false],
  [
    "a bare IPv6 host without scheme",
    { [ENDPOINT]: "fd00::1:4317", OTEL_EXPORTER_OTLP_INSECURE: "true" },
    "[fd00::1]:4317",
    false,
  ],
  ["a unix socket", { [ENDPOINT]: "unix:///run/otel.sock" }, "unix:///run/otel.sock", false],
  [
    "no scheme, with INSECURE=true",
    { [ENDPOINT]: "collector:4317", OTEL_EXPORTER_OTLP_INSECURE: "True" },
    "collector:4317",
    false,
  ],
  [
    "no scheme, with INSECURE=false",
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
    "a scheme, which overrides INSECURE",
    { [ENDPOINT]: "https://c:4317", OTEL_EXPORTER_OTLP_INSECURE: "true" },
    "c:4317",
    true,
  ],
  [
    "the variable for traces, which overrides the general one",
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

const HTTP = { OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" };
const TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const httpEndpoints: [string, Environment, string, string][] = [
  ["nothing", {}, "localhost:4318", "/v1/traces"],
  ["a host and a port", { [ENDPOINT]: "http://c:4318" }, "c:4318", "/v1/traces"],
  ["a path", { [ENDPOINT]: "http://c:4318/otlp/" }, "c:4318", "/otlp/v1/traces"],
  ["a path for traces", { [TRACES]: "http://c:4318/x/y" }, "c:4318", "/x/y"],
  ["no path for traces", { [ENDPOINT]: "http://a:1", [TRACES]: "http://c:4318" }, "c:4318", "/"],
  ["a query for traces", { [TRACES]: "http://c:4318/v1/traces?a=b" }, "c:4318", "/v1/traces?a=b"],
  ["https without a port", { [ENDPOINT]: "https://otlp.example.com/otlp" }, "otlp.example.com:443", "/otlp/v1/traces"],
  ["a bare IPv6 host", { [ENDPOINT]: "http://fd00::1:4318" }, "[fd00::1]:4318", "/v1/traces"],
  ["a bare IPv6 host and a path", { [TRACES]: "http://fd00::1:4318/v1/traces" }, "[fd00::1]:4318", "/v1/traces"],
];
for (const [name, env, target, path] of httpEndpoints) {
  test(`over HTTP, ${name}`, () => {
    const { endpoint, protocol } = readOtlpEnvironment({ ...HTTP, ...env });
    assert.deepEqual([protocol, endpoint.target, endpoint.path], ["http/protobuf", target, path]);
    assert.doesNotMatch(endpoint.written, /\?/);
  });
}

const rejections: [string, Environment, RegExp][] = [
  [
    "no scheme and no TLS variable",
    { [ENDPOINT]: "collector:4317" },
    /has no scheme; use http:\/\/collector:4317 .* https:\/\/collector:4317/,
  ],
  ["no port", { [ENDPOINT]: "http://collector" }, /http:\/\/collector:4317/],
  [
    "a path, as OTLP over HTTP has",
    { [ENDPOINT]: "http://collector:4318/v1/traces" },
    /host and port, .* without path.*PROTOCOL=http\/protobuf/,
  ],
  ["an unknown scheme", { [ENDPOINT]: "grpc://collector:4317" }, /http:\/\/ or https:\/\//],
  ["nonsense", { [ENDPOINT]: "http://:::" }, /http:\/\/collector:4317/],
  ["a port beyond range", { [ENDPOINT]: "http://collector:99999" }, /http:\/\/collector:4317/],
  ["another protocol", { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" }, /set it to grpc or http\/protobuf/],
  ["a bare IPv6 host without port", { [ENDPOINT]: "http://fd00::4317" }, /http:\/\/collector:4317/],
  ["an IPv6 host that is none", { [ENDPOINT]: "http://fd00::1::2:4317" }, /http:\/\/collector:4317/],
  ["HTTP without a port", { ...HTTP, [ENDPOINT]: "http://collector" }, /http:\/\/collector:4318/],
  ["a general endpoint with a query", { ...HTTP, [ENDPOINT]: "http://c:4318?a=b" }, /without query/],
  ["a user in the endpoint", { ...HTTP, [ENDPOINT]: "http://me@c:4318" }, /without user/],
  ["a socket for HTTP", { ...HTTP, [ENDPOINT]: "unix:/run/otel.sock" }, /PROTOCOL to grpc, or the endpoint/],
  ["an unknown exporter", { OTEL_TRACES_EXPORTER: "zipkin" }, /otlp, console or none/],
  ["an unknown compression", { OTEL_EXPORTER_OTLP_COMPRESSION: "zstd" }, /gzip or none/],
  ["a timeout of zero", { OTEL_EXPORTER_OTLP_TIMEOUT: "0" }, /a positive integer/],
  ["an invalid queue size", { OTEL_BSP_MAX_QUEUE_SIZE: "many" }, /a positive integer/],
  ["a delay with a unit", { OTEL_BSP_SCHEDULE_DELAY: "5s" }, /a positive integer/],
  ["a header without value", { OTEL_EXPORTER_OTLP_HEADERS: "authorization" }, /key=value/],
  ["a header with a line break", { OTEL_EXPORTER_OTLP_HEADERS: "a=b%0Ac" }, /key=value/],
  ["a client certificate without key", { OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: "/c.pem" }, /both or neither/],
];
for (const [name, env, fix] of rejections) {
  test(`rejects ${name} in one sentence with the fix`, () => {
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

test("the message on an invalid header does not show its value", () => {
  assert.throws(
    () => readOtlpEnvironment({ OTEL_EXPORTER_OTLP_HEADERS: "bad key=s3cret" }),
    (error) => {
      assert.ok(error instanceof ConfigError && !error.message.includes("s3cret"));
      return true;
    },
  );
});

test("headers are decoded, and those for traces override the general ones", () => {
  const { headers } = readOtlpEnvironment({
    OTEL_EXPORTER_OTLP_HEADERS: "Authorization=Bearer%20abc=,x-scope=a",
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-scope = b",
  });
  assert.deepEqual(headers, { authorization: "Bearer abc=", "x-scope": "b" });
});

test("sizes are in pairs; a batch has at most 500 pairs and at most the queue size", () => {
  const sizes = readOtlpEnvironment({ OTEL_BSP_MAX_QUEUE_SIZE: "50000", OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "2000" });
  assert.deepEqual([sizes.maxQueuePairs, sizes.maxBatchPairs], [50_000, 500]);
  const small = readOtlpEnvironment({ OTEL_BSP_MAX_QUEUE_SIZE: "100" });
  assert.deepEqual([small.maxQueuePairs, small.maxBatchPairs], [100, 100]);
});

test("OTEL_SDK_DISABLED and OTEL_TRACES_EXPORTER=none disable the export, and an invalid endpoint is then ignored", () => {
  assert.equal(readOtlpEnvironment({ OTEL_SDK_DISABLED: "TRUE", [ENDPOINT]: "nonsense" }).tracesExporter, "none");
  assert.equal(readOtlpEnvironment({ OTEL_TRACES_EXPORTER: "none" }).tracesExporter, "none");
  assert.equal(readOtlpEnvironment({ OTEL_TRACES_EXPORTER: "console" }).tracesExporter, "console");
});
