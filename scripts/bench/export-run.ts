// EDGE: process, gRPC. Sends pairs as fast as they are taken: `export-run.js ours|sdk PAIRS PORT`. Prints what it cost.
// `ours`: from interactions on, through the whole stage. `sdk`: the same spans, made before, through the SDK's exporter.
import { credentials } from "@grpc/grpc-js";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { createExporter } from "../../src/export/create-exporter.ts";
import { toReadableSpans } from "../../src/export/spans/readable-spans.ts";
import { createSpanIds } from "../../src/export/spans/span-ids.ts";
import { toSpanPair } from "../../src/export/spans/span-pair.ts";
import type { End, Interaction } from "../../src/model/interaction.ts";

/** What a run prints as JSON. */
export interface ExportCost {
  readonly pairs: number;
  /** Of this process, from the first pair after warming up to the last answer. */
  readonly cpuSeconds: number;
}

const WARM_UP_SHARE = 0.2;
const EDGES = 2_000;
const BATCH_PAIRS = 500;
const IN_FLIGHT = 2;

const [kind, pairsText = "", port = ""] = process.argv.slice(2);
const pairs = Number(pairsText);
const ends = Array.from({ length: EDGES }, (_, i): [End, End] => [
  workload(`client-${i % 200}`),
  workload(`server-${i}`),
]);
const run = kind === "ours" ? await ours() : sdk();
await run(Math.ceil(pairs * WARM_UP_SHARE));
const before = process.cpuUsage();
await run(pairs);
const { user, system } = process.cpuUsage(before);
const cost: ExportCost = { pairs, cpuSeconds: (user + system) / 1e6 };
console.log(JSON.stringify(cost));
process.exit(0);

async function ours(): Promise<(count: number) => Promise<void>> {
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_BSP_MAX_QUEUE_SIZE: "2000" };
  const exporter = await createExporter(environment, { version: "0.0.0", keepNodes: false, times: "live" });
  exporter.start();
  return async (count) => {
    const sent = exporter.counters.sent;
    for (let i = 0; i < count; i++) {
      if (i % BATCH_PAIRS === 0) await exporter.waitForRoom(BATCH_PAIRS);
      exporter.add(interaction(i));
    }
    await exporter.drain();
    if (exporter.counters.sent - sent !== count) throw new Error(JSON.stringify(exporter.counters));
  };
}

function sdk(): (count: number) => Promise<void> {
  const exporter = new OTLPTraceExporter({
    url: `http://127.0.0.1:${port}`,
    credentials: credentials.createInsecure(),
  });
  const ids = createSpanIds();
  const options = { keepNodes: false, traceIdFor: () => ids.traceId(), spanId: ids.spanId };
  const made = Array.from({ length: EDGES }, (_, i) => toSpanPair(interaction(i), options));
  const batches = Array.from({ length: EDGES / BATCH_PAIRS }, (_, i) =>
    toReadableSpans(made.slice(i * BATCH_PAIRS, (i + 1) * BATCH_PAIRS), { name: "bench", version: "0.0.0" }),
  );
  const send = (i: number): Promise<void> =>
    new Promise((resolve, reject) => {
      exporter.export(batches[i % batches.length] ?? [], ({ error }) => (error ? reject(error) : resolve()));
    });
  return async (count) => {
    let next = 0;
    const requests = count / BATCH_PAIRS;
    const worker = async () => {
      while (next < requests) await send(next++);
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  };
}

function workload(name: string): End {
  const names = { name, serviceName: name, namespace: "bench", serviceNamespace: "bench" };
  return { type: "workload", kind: "Deployment", ownSpans: "unsaid", ...names };
}

function interaction(i: number): Interaction {
  const [client, server] = ends[i % EDGES] as [End, End];
  return {
    timeMicros: Date.now() * 1000 - 1_000,
    evidence: "handshake",
    outcome: "established",
    errorType: null,
    client,
    server,
    name: `server-${i % EDGES}.bench.svc.cluster.local`,
    canonicalName: null,
    nameAgeMicros: 21_900,
    dialled: { address: "10.96.0.43", port: 80 },
    clientAddress: { address: "10.42.2.23", port: 32_768 + (i % 28_000) },
    serverAddress: { address: "10.42.1.15", port: 8080 },
    durationMicros: 412,
    retries: 0,
    clientRule: null,
    serverRule: null,
    clientPod: null,
    serverPod: null,
    dialledService: null,
    reporter: "worker-1",
  };
}
