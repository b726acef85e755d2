// EDGE: the environment's Collector, and the clock
import { createExporter } from "../export/create-exporter.ts";
import { type Environment, readOtlpEnvironment } from "../export/otlp-environment.ts";
import type { End, Interaction } from "../model/interaction.ts";
import { VERSION } from "../version.ts";
import { type Finding, failed, ok, warning } from "./finding.ts";

const RETRY_MILLIS = 3_000;

/** Nodes that the test pair draws; nothing else ever has these names. */
const TEST_CLIENT = "wirespan-doctor-client";
const TEST_SERVER = "wirespan-doctor-server";

/** Sends one test pair as the `OTEL_*` variables say, and tells whether the endpoint took it. Throws ConfigError. */
export async function checkCollector(env: Environment): Promise<Finding> {
  const { tracesExporter } = readOtlpEnvironment(env);
  if (tracesExporter !== "otlp") {
    return warning(
      "Collector",
      "the environment says that none is used; unset OTEL_TRACES_EXPORTER and OTEL_SDK_DISABLED",
    );
  }
  const exporter = await createExporter(env, {
    version: VERSION,
    keepNodes: true,
    times: "replay",
    maxRetryMillis: RETRY_MILLIS,
  });
  try {
    exporter.start();
    exporter.add(testInteraction(Date.now() * 1_000));
    const { complete, problem } = await exporter.drain();
    if (complete) {
      return ok(
        "Collector",
        `${exporter.destination} took a test pair; its graph shows ${TEST_CLIENT} calling ${TEST_SERVER} once`,
      );
    }
    return failed("Collector", problem ?? `${exporter.destination} did not take a test pair; look at its log`);
  } finally {
    await exporter.shutdown(0);
  }
}

function testInteraction(timeMicros: number): Interaction {
  return {
    timeMicros,
    evidence: "handshake",
    outcome: "established",
    errorType: null,
    client: testEnd(TEST_CLIENT),
    server: testEnd(TEST_SERVER),
    name: null,
    canonicalName: null,
    dialled: null,
    clientAddress: null,
    serverAddress: null,
    durationMicros: 1_000,
    retries: 0,
    nameAgeMicros: null,
    reporter: null,
  };
}

function testEnd(name: string): End {
  return {
    type: "workload",
    namespace: "wirespan",
    name,
    kind: "Pod",
    serviceName: name,
    serviceNamespace: "wirespan",
    ownSpans: "unsaid",
  };
}
