// Test pairs to a receiver of the tests. For real Collectors see test/collector/doctor.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkCollector } from "../../src/doctor/collector.ts";
import { startOtlpReceiver } from "../export/support/otlp-receiver.ts";
import { acceptingCollector } from "../support/cli/accepting-collector.ts";
import { wirespan } from "../support/cli/wirespan.ts";

const BOUND = { timeout: 60_000 };
/** Field 1 of a span, the trace id: a tag, a length, and 16 bytes. */
const TRACE_FIELD = Buffer.of(0x0a, 16);

test("the requested number of test pairs is sent, each in its own trace", BOUND, async (t) => {
  const { endpoint, requests, stop } = await startOtlpReceiver();
  t.after(stop);
  const { finding, accepted } = await checkCollector({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, 5);
  assert.deepEqual([finding.status, accepted], ["ok", 5]);
  assert.match(
    finding.text,
    /accepted 5 test pairs; its graph shows 5 requests from wirespan-doctor-client to wirespan-doctor-server$/,
  );
  const traces = requests.map(({ bytes }) => {
    const at = bytes.indexOf(TRACE_FIELD) + TRACE_FIELD.length;
    return bytes.toString("hex", at, at + 16);
  });
  assert.equal(new Set(traces).size, 5);
});

test("the endpoint of --collector overrides that of the environment", BOUND, async (t) => {
  const { port, requests } = await acceptingCollector(t);
  const args = ["doctor", "--device", "lo", "--seconds", "0", "--no-kubernetes"];
  const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:1" };
  const run = await wirespan([...args, "--collector", `http://127.0.0.1:${port}`], { env });
  assert.match(run.stdout, /^ok {7}Collector {4}.* accepted a test pair/m);
  assert.equal(requests(), 1);
});
