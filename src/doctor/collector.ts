// EDGE: the Collector, the clock, randomness
import { randomUUID } from "node:crypto";
import { createExporter } from "../export/create-exporter.ts";
import { type Environment, readOtlpEnvironment } from "../export/otlp/otlp-environment.ts";
import type { End, Interaction } from "../model/interaction.ts";
import { TEST_CLIENT } from "../prometheus/test-client.ts";
import { VERSION } from "../version.ts";
import { type Finding, failed, ok, warning } from "./finding.ts";

const RETRY_MILLIS = 3_000;

/** Server of the test pairs. Nothing else has this name. */
const TEST_SERVER = "wirespan-doctor-server";

/** A server name unique to the run, because pairs of earlier runs may still arrive. */
export function uniqueTestServer(): string {
  return `${TEST_SERVER}-${randomUUID().slice(0, 8)}`;
}

interface CollectorCheck {
  readonly finding: Finding;
  /** Test pairs that the Collector accepted. */
  readonly accepted: number;
}

/**
 * Sends test pairs as the `OTEL_*` variables configure, each in its own trace, and checks that the endpoint accepts them.
 * Throws ConfigError.
 */
export async function checkCollector(env: Environment, pairs: number, server = TEST_SERVER): Promise<CollectorCheck> {
  const { tracesExporter } = readOtlpEnvironment(env);
  if (tracesExporter !== "otlp") {
    const text = "the environment disables the export of traces; unset OTEL_TRACES_EXPORTER and OTEL_SDK_DISABLED";
    return { finding: warning("Collector", text), accepted: 0 };
  }
  for (let accepted = 0; accepted < pairs; accepted++) {
    const problem = await sendTestPair(env, server);
    if (problem !== null) return { finding: failed("Collector", ofNode(env, problem)), accepted };
  }
  const { written } = readOtlpEnvironment(env).endpoint;
  const [count, requests] = pairs === 1 ? ["a test pair", "1 request"] : [`${pairs} test pairs`, `${pairs} requests`];
  const text = `${written} accepted ${count}; its graph shows ${requests} from ${TEST_CLIENT} to ${server}`;
  return { finding: ok("Collector", text), accepted: pairs };
}

/** In a pod, with the node's name, as in the agent's messages. */
function ofNode({ NODE_NAME = "" }: Environment, problem: string): string {
  return NODE_NAME === "" ? problem : `node ${NODE_NAME}: ${problem}`;
}

/** Null on success, else the problem. Uses a new exporter, because pairs of one exporter and client share a trace. */
async function sendTestPair(env: Environment, server: string): Promise<string | null> {
  const options = { version: VERSION, keepNodes: true, times: "replay", maxRetryMillis: RETRY_MILLIS } as const;
  const exporter = await createExporter(env, options);
  try {
    exporter.start();
    exporter.add(testInteraction(Date.now() * 1_000, server));
    const { complete, problem } = await exporter.drain();
    return complete ? null : (problem ?? `${exporter.destination} did not accept a test pair; check its log`);
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
    clientRule: null,
    serverRule: null,
    clientPod: null,
    serverPod: null,
    dialledService: null,
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
