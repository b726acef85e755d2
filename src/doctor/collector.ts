// EDGE: the environment's Collector, the clock, and chance
import { randomUUID } from "node:crypto";
import { createExporter } from "../export/create-exporter.ts";
import { type Environment, readOtlpEnvironment } from "../export/otlp/otlp-environment.ts";
import type { End, Interaction } from "../model/interaction.ts";
import { VERSION } from "../version.ts";
import { type Finding, failed, ok, warning } from "./finding.ts";

const RETRY_MILLIS = 3_000;

/** Nodes that a test pair draws; nothing else ever has these names. */
export const TEST_CLIENT = "wirespan-doctor-client";
const TEST_SERVER = "wirespan-doctor-server";

/** A server of one run's own: pairs of earlier runs may still be on their way. */
export function ownTestServer(): string {
  return `${TEST_SERVER}-${randomUUID().slice(0, 8)}`;
}

export interface CollectorCheck {
  readonly finding: Finding;
  /** Test pairs that it took. */
  readonly taken: number;
}

/**
 * Sends test pairs as the `OTEL_*` variables say, each in a trace of its own, and tells whether the endpoint took them.
 * Throws ConfigError.
 */
export async function checkCollector(env: Environment, pairs: number, server = TEST_SERVER): Promise<CollectorCheck> {
  const { tracesExporter } = readOtlpEnvironment(env);
  if (tracesExporter !== "otlp") {
    const text = "the environment says that none is used; unset OTEL_TRACES_EXPORTER and OTEL_SDK_DISABLED";
    return { finding: warning("Collector", text), taken: 0 };
  }
  for (let taken = 0; taken < pairs; taken++) {
    const problem = await sendTestPair(env, server);
    if (problem !== null) return { finding: failed("Collector", problem), taken };
  }
  const { written } = readOtlpEnvironment(env).endpoint;
  const [what, times] = pairs === 1 ? ["a test pair", "once"] : [`${pairs} test pairs`, `${pairs} times`];
  const text = `${written} took ${what}; its graph shows ${TEST_CLIENT} calling ${server} ${times}`;
  return { finding: ok("Collector", text), taken: pairs };
}

/** An exporter of its own: pairs of one exporter and client share a trace. Null when the pair was taken, else why not. */
async function sendTestPair(env: Environment, server: string): Promise<string | null> {
  const options = { version: VERSION, keepNodes: true, times: "replay", maxRetryMillis: RETRY_MILLIS } as const;
  const exporter = await createExporter(env, options);
  try {
    exporter.start();
    exporter.add(testInteraction(Date.now() * 1_000, server));
    const { complete, problem } = await exporter.drain();
    return complete ? null : (problem ?? `${exporter.destination} did not take a test pair; look at its log`);
  } finally {
    await exporter.shutdown(0);
  }
}

function testInteraction(timeMicros: number, server: string): Interaction {
  return {
    timeMicros,
    evidence: "handshake",
    outcome: "established",
    errorType: null,
    client: testEnd(TEST_CLIENT),
    server: testEnd(server),
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
