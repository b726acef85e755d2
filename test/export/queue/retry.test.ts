import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { retryDelayMillis } from "../../../src/export/otlp/export-response.ts";
import type { SendAnswer } from "../../../src/export/queue/exporter.ts";
import { backOffMillis, verdictOf } from "../../../src/export/queue/retry.ts";

function failed(code: number | null, retryAfterMillis: number | null = null): SendAnswer {
  return { type: "failed", code, retryAfterMillis, sentence: "It failed." };
}

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
  test(`${name} means ${verdict}`, () => assert.equal(verdictOf(failed(code)), verdict));
}

test("RESOURCE_EXHAUSTED with RetryInfo means retry", () => assert.equal(verdictOf(failed(8, 0)), "retry"));

test("waits grow from half a second to three seconds, with jitter, and are never shorter than the server asks", () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6, 7].map((repeat) => Math.round(backOffMillis(repeat, null, 0.5))),
    [500, 750, 1125, 1688, 2531, 3000, 3000, 3000],
  );
  assert.equal(backOffMillis(0, null, 0), 400);
  assert.equal(backOffMillis(0, null, 1), 600);
  assert.equal(backOffMillis(0, 7_000, 0.5), 7_000);
});

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
