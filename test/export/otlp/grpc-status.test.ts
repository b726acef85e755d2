import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { retryDelayMillis } from "../../../src/export/otlp/export-response.ts";
import { grpcVerdict } from "../../../src/export/otlp/grpc-verdict.ts";

// https://grpc.github.io/grpc/core/md_doc_statuscodes.html
const verdicts: [string, number | null, string][] = [
  ["CANCELLED", 1, "retry"],
  ["UNKNOWN", 2, "rejected"],
  ["INVALID_ARGUMENT", 3, "rejected"],
  ["DEADLINE_EXCEEDED", 4, "unknown"],
  ["NOT_FOUND", 5, "rejected"],
  ["PERMISSION_DENIED", 7, "rejected"],
  ["RESOURCE_EXHAUSTED without RetryInfo", 8, "rejected"],
  ["FAILED_PRECONDITION", 9, "rejected"],
  ["ABORTED", 10, "retry"],
  ["OUT_OF_RANGE", 11, "retry"],
  ["UNIMPLEMENTED", 12, "rejected"],
  ["INTERNAL", 13, "rejected"],
  ["UNAVAILABLE", 14, "retry"],
  ["DATA_LOSS", 15, "retry"],
  ["UNAUTHENTICATED", 16, "rejected"],
  ["a failure before gRPC", null, "rejected"],
];
for (const [name, code, verdict] of verdicts) {
  test(`${name} of a server means ${verdict}`, () =>
    assert.equal(grpcVerdict({ code, details: "", isAnswered: true, retryAfterMillis: null }), verdict));
}

test("RESOURCE_EXHAUSTED with RetryInfo means retry", () =>
  assert.equal(grpcVerdict({ code: 8, details: "", isAnswered: true, retryAfterMillis: 0 }), "retry"));

/** google.rpc.Status{code: 8, message: "slow", details: [Any of the type, holding the value]}, encoded by hand. */
function statusWith(type: string, value: number[]): Uint8Array {
  const url = [...new TextEncoder().encode(`type.googleapis.com/${type}`)];
  const any = [0x0a, url.length, ...url, 0x12, value.length, ...value];
  return Uint8Array.from([0x08, 8, 0x12, 4, 0x73, 0x6c, 0x6f, 0x77, 0x1a, any.length, ...any]);
}

test("the delay of a RetryInfo is read, seconds and nanoseconds", () => {
  // RetryInfo{retry_delay: Duration{seconds: 2, nanos: 500000000}}
  const delay = [0x08, 2, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01];
  assert.equal(retryDelayMillis(statusWith("google.rpc.RetryInfo", [0x0a, delay.length, ...delay])), 2_500);
});

test("an empty RetryInfo asks for a retry without a wait", () => {
  assert.equal(retryDelayMillis(statusWith("google.rpc.RetryInfo", [])), 0);
});

test("a status with other details asks for no retry", () => {
  assert.equal(retryDelayMillis(statusWith("google.rpc.DebugInfo", [])), null);
  assert.equal(retryDelayMillis(new Uint8Array(0)), null);
});

test("any bytes as status details are read without an exception", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const delay = retryDelayMillis(bytes);
      assert.ok(delay === null || delay >= 0);
    }),
  );
});
