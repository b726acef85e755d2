import { setTimeout as delay } from "node:timers/promises";
import { accepts, startServer } from "../../servers/server-process.ts";
import { freePort, serverProgram } from "../../servers/server-programs.ts";
import { type CountedEdge, countedEdges } from "./counted-edges.ts";
import { parsePrometheusText, type Sample } from "./prometheus-text.ts";

const COUNT_MILLIS = 20_000;
const POLL_MILLIS = 50;

export interface CollectorOptions {
  /** collector-config/collector.yaml by default; with the same variables. */
  readonly config?: string;
  /** More configuration, merged over it: `a::b::c: value` (the `yaml:` provider's form). */
  readonly overlays?: readonly string[];
  /** Ports of an earlier one, for a restart in its place. */
  readonly ports?: CollectorPorts;
  /** `host:port` of the backend for traces; by default a closed port: the graph must be correct without Tempo. */
  readonly tempo?: string;
}

export interface CollectorPorts {
  readonly otlp: number;
  readonly prometheus: number;
  readonly telemetry: number;
}

export interface CollectorProcess {
  readonly pid: number;
  readonly ports: CollectorPorts;
  /** `http://127.0.0.1:PORT` of its OTLP gRPC receiver. */
  readonly endpoint: string;
  /** What it has written to its log so far. */
  log(): string;
  samples(): Promise<Sample[]>;
  /** Its own counters: dropped and expired halves, refused spans. A counter that never counted is not there. */
  ownCounter(name: string): Promise<number>;
  edges(): Promise<CountedEdge[]>;
  /** The edges, once this many requests are counted; after 20 s as they are then. */
  edgesOf(requests: number): Promise<CountedEdge[]>;
  /** SIGSTOP freezes it and SIGCONT lets it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
}

async function fetchSamples(port: number): Promise<Sample[]> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  return parsePrometheusText(await response.text());
}

/** A real OpenTelemetry Collector with the configuration that the repository ships, on free ports of 127.0.0.1. */
export async function startCollector(options: CollectorOptions = {}): Promise<CollectorProcess> {
  const ports = options.ports ?? {
    otlp: await freePort(),
    prometheus: await freePort(),
    telemetry: await freePort(),
  };
  const configs = [
    options.config ?? "collector-config/collector.yaml",
    ...(options.overlays ?? []).map((overlay) => `yaml:${overlay}`),
  ];
  const server = await startServer({
    name: "the Collector",
    program: await serverProgram("collector", "otelcol"),
    args: configs.flatMap((config) => ["--config", config]),
    env: {
      WIRESPAN_OTLP_ENDPOINT: `127.0.0.1:${ports.otlp}`,
      WIRESPAN_PROMETHEUS_ENDPOINT: `127.0.0.1:${ports.prometheus}`,
      WIRESPAN_TELEMETRY_PORT: String(ports.telemetry),
      WIRESPAN_METRICS_FLUSH_INTERVAL: "200ms",
      WIRESPAN_TEMPO_ENDPOINT: options.tempo ?? "127.0.0.1:1",
    },
    isReady: async () => (await Promise.all(Object.values(ports).map(accepts))).every(Boolean),
  });

  const collector: CollectorProcess = {
    pid: server.pid,
    ports,
    endpoint: `http://127.0.0.1:${ports.otlp}`,
    log: server.log,
    samples: () => fetchSamples(ports.prometheus),
    async ownCounter(name) {
      const samples = await fetchSamples(ports.telemetry);
      return samples.filter((sample) => sample.name.startsWith(name)).reduce((sum, { value }) => sum + value, 0);
    },
    async edges() {
      return countedEdges(await collector.samples());
    },
    async edgesOf(requests) {
      const end = Date.now() + COUNT_MILLIS;
      for (;;) {
        const edges = await collector.edges();
        const counted = edges.reduce((sum, edge) => sum + edge.requests, 0);
        if (counted >= requests || Date.now() > end) return edges;
        await delay(POLL_MILLIS);
      }
    },
    signal: server.signal,
    stop: server.stop,
  };
  return collector;
}
