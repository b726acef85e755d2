import assert from "node:assert/strict";
import { test } from "node:test";
import { grpcProblem } from "../../../src/export/otlp/grpc-problem.ts";
import { httpConnectionProblem } from "../../../src/export/otlp/http-problem.ts";
import { readOtlpEnvironment } from "../../../src/export/otlp/otlp-environment.ts";

const at = (port: number, protocol: string) =>
  readOtlpEnvironment({
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://collector:${port}`,
  }).endpoint;

test("a closed connection on the other protocol's usual port names the protocol to set", () => {
  const grpc = (port: number) =>
    grpcProblem(at(port, "grpc"), { code: 14, details: "Connection dropped", isAnswered: false });
  const http = (port: number) => httpConnectionProblem(at(port, "http/protobuf"), "ECONNRESET socket hang up");
  assert.match(grpc(4318), /4318 is usually OTLP over HTTP; set OTEL_EXPORTER_OTLP_PROTOCOL=http\/protobuf/);
  assert.match(grpc(9000), /check that the port is its OTLP gRPC port \(4317, not 4318\)/);
  assert.match(http(4317), /4317 is usually OTLP over gRPC; set OTEL_EXPORTER_OTLP_PROTOCOL=grpc/);
  assert.match(http(9000), /check that the port is its OTLP HTTP port \(4318, not 4317\)/);
});
