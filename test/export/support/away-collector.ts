// Runs in a network namespace: a name server that counts queries, an exporter, and a Collector that starts late.
// Usage: node away-collector.js found|unknown SECONDS [grpc|http/protobuf]
import { createSocket } from "node:dgram";
import { decode, encode } from "dns-packet";
import { createExporter } from "../../../src/export/create-exporter.ts";
import { until } from "../../support/until.ts";
import { startHttpReceiver } from "./http-receiver.ts";
import { startOtlpReceiver } from "./otlp-receiver.ts";
import { interaction } from "./sample-interactions.ts";

const NAME = "collector.test";
const ADDRESS = "127.0.0.2";
const NAME_ERROR = 3;
const [, , mode, seconds, protocol = "grpc"] = process.argv;

export interface AwayCounts {
  /** Queries by type while the Collector was unavailable. */
  readonly queries: Readonly<Record<string, number>>;
  /** From its start until it accepted pairs. */
  readonly backMillis: number;
  readonly problems: readonly (string | null)[];
}

const queries: Record<string, number> = {};
let isKnown = mode === "found";
const server = createSocket("udp4", (bytes, { address, port }) => {
  const { id = 0, questions = [] } = decode(bytes);
  const [question] = questions;
  const type = question?.type ?? "none";
  queries[type] = (queries[type] ?? 0) + 1;
  const answers = isKnown && type === "A" ? [{ type: "A" as const, name: NAME, ttl: 5, data: ADDRESS }] : [];
  const flags = 0x80 | (isKnown ? 0 : NAME_ERROR);
  server.send(encode({ type: "response", id, flags, questions, answers }), port, address);
});
await new Promise<void>((resolve) => server.bind(53, "127.0.0.1", resolve));

const problems: (string | null)[] = [];
const exporter = await createExporter(
  { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${NAME}:4317`, OTEL_EXPORTER_OTLP_PROTOCOL: protocol },
  { version: "1.0.0", keepNodes: false, times: "live", onChange: (problem) => problems.push(problem) },
);
exporter.start();
const traffic = setInterval(
  () => exporter.add(interaction({ timeMicros: Date.now() * 1000, durationMicros: 100 })),
  100,
);
const away = Number(seconds) * 1_000;
const start = performance.now();
await until("the Collector comes back", () => performance.now() - start > away);
const counted = { ...queries };
isKnown = true;
const receiver =
  protocol === "grpc"
    ? await startOtlpReceiver(undefined, `${ADDRESS}:4317`)
    : await startHttpReceiver(undefined, undefined, ADDRESS, 4317);
const back = performance.now();
await until("pairs are accepted", () => exporter.counters.sent > 0);
const counts: AwayCounts = { queries: counted, backMillis: performance.now() - back, problems };
clearInterval(traffic);
await exporter.shutdown(0);
receiver.stop();
server.close();
console.log(JSON.stringify(counts));
