// EDGE: CPU time and memory of this process
import type { WatchState } from "../kubernetes/client/watch-state.ts";
import { type Metric, writeExposition } from "./exposition.ts";
import { GraphEndpoint, type GraphSource } from "./graph-endpoint.ts";
import { HealthListener } from "./health-listener.ts";
import type { Readiness } from "./health-server.ts";
import type { ListenAddress } from "./listen-address.ts";
import { type AgentFigures, agentMetrics, counterBy, gauge, sample, watchMetrics } from "./metrics.ts";

interface AgentHealthSources {
  readonly version: string;
  /** Null until the capture starts. */
  figures(): AgentFigures | null;
  /** Watches of the Kubernetes API; null without an API server. */
  watches(): readonly WatchState[] | null;
  /** Whether span pairs are sent; true by default. */
  isSending?(): boolean;
  /** The graph to serve; none by default. */
  readonly graph?: GraphSource;
}

/** The health and metrics of an agent, over HTTP. The agent reports changes of capture and export to it. */
export class AgentHealth {
  readonly #sources: AgentHealthSources;
  readonly #listeners: HealthListener[] = [];
  readonly #graph: GraphEndpoint | null;
  /** Null while packets are captured. */
  #captureProblem: string | null = "the capture has not started yet";
  #exportProblem: string | null = null;

  constructor(sources: AgentHealthSources) {
    this.#sources = sources;
    this.#graph = sources.graph === undefined ? null : new GraphEndpoint(sources.graph);
  }

  /**
   * Resolves with the URL, or with null while another program uses the port: `report` is called with that, and when the
   * port is free. Throws ConfigError if listening fails for another reason.
   */
  async listen(
    address: ListenAddress,
    report: (message: string) => void = () => {},
    retryMillis?: number,
  ): Promise<string | null> {
    const sources = {
      readiness: () => this.readiness(),
      metrics: () => this.#metrics(),
      ...(this.#graph === null ? {} : { graph: this.#graph }),
    };
    const listener = new HealthListener(address, sources, report, retryMillis);
    this.#listeners.push(listener);
    await listener.start();
    return listener.url;
  }

  close(): void {
    for (const listener of this.#listeners) listener.close();
  }

  /** Sets why packets are not captured now; null: they are. */
  capture(problem: string | null): void {
    this.#captureProblem = problem;
  }

  /** Sets why span pairs are not accepted now; null: they are. */
  export(problem: string | null): void {
    this.#exportProblem = problem;
  }

  /**
   * Ready: packets are captured, and each kind of object was listed or is permanently refused. A Collector that does not
   * accept span pairs does not make an agent unready.
   */
  readiness(): Readiness {
    const watches = this.#sources.watches() ?? [];
    const lines = [
      this.#captureProblem === null ? "ok: packets are captured" : `failed: ${this.#captureProblem}`,
      ...watches.map(watchLine),
      this.#exportLine(),
    ];
    const areListed = watches.every(({ isSynced, isForbidden }) => isSynced || isForbidden);
    return { isReady: this.#captureProblem === null && areListed, lines };
  }

  #exportLine(): string {
    if (this.#sources.isSending?.() === false) return "ok: not sending span pairs";
    return this.#exportProblem === null ? "ok: span pairs" : `warning: ${this.#exportProblem}`;
  }

  #metrics(): string {
    const figures = this.#sources.figures();
    const { isReady } = this.readiness();
    return writeExposition([
      gauge("build_info", "Version of the running program; always 1.", [sample(1, { version: this.#sources.version })]),
      gauge("ready", "1 while /readyz responds with 200.", [sample(Number(isReady))]),
      gauge("capturing", "1 while packets are captured.", [sample(Number(this.#captureProblem === null))]),
      gauge("exporting", "0 while span pairs are not accepted.", [sample(Number(this.#exportProblem === null))]),
      gauge(
        "listening",
        "1 while health and metrics are served at this address, 0 while another process uses the port.",
        this.#listeners.map(({ url, written }) => sample(Number(url !== null), { address: written })),
      ),
      ...(this.#graph === null ? [] : graphMetrics(this.#graph)),
      ...(figures === null ? [] : agentMetrics(figures)),
      ...watchMetrics(this.#sources.watches() ?? []),
      ...processMetrics(),
    ]);
  }
}

function watchLine({ kind, isSynced, isForbidden, problem }: WatchState): string {
  if (isSynced && problem === null) return `ok: watching ${kind}`;
  if (isSynced) return `warning: not watching ${kind}, using their last known state: ${problem}`;
  const reason = problem === null ? "" : `: ${problem}`;
  return isForbidden ? `warning: cannot list ${kind}${reason}` : `failed: ${kind} are not listed yet${reason}`;
}

function graphMetrics({ edges, counts }: GraphEndpoint): Metric[] {
  return [
    gauge("graph_edges", "Edges of the graph at /graph.", [sample(edges)]),
    counterBy(
      "graph_requests",
      "Requests for /graph: refused ones did not come from loopback, busy ones came while too many others were served, cut ones were read too slowly or not to the end.",
      "result",
      counts,
    ),
  ];
}

/** Standard process metrics, of the main process. https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics */
function processMetrics(): Metric[] {
  const { user, system } = process.cpuUsage();
  const figure = (name: string, type: Metric["type"], help: string, value: number): Metric => ({
    name: `process_${name}`,
    type,
    help,
    samples: [sample(value)],
  });
  return [
    figure("cpu_seconds_total", "counter", "CPU time of the main process.", (user + system) / 1e6),
    figure("resident_memory_bytes", "gauge", "Resident memory of the main process.", process.memoryUsage.rss()),
    figure(
      "start_time_seconds",
      "gauge",
      "Start time of the main process, in seconds since the Unix epoch.",
      Math.round(Date.now() / 1000 - process.uptime()),
    ),
  ];
}
