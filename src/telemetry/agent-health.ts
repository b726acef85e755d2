// EDGE: figures of this process
import type { WatchState } from "../kubernetes/client/watch-state.ts";
import { type Metric, writeExposition } from "./exposition.ts";
import { HealthListener } from "./health-listener.ts";
import type { Readiness } from "./health-server.ts";
import type { ListenAddress } from "./listen-address.ts";
import { type AgentFigures, agentMetrics, gauge, sample, watchMetrics } from "./metrics.ts";

export interface AgentHealthSources {
  readonly version: string;
  /** Null until packets are captured for the first time. */
  figures(): AgentFigures | null;
  /** Watches of the Kubernetes API; null where the cluster comes from files, or there is none. */
  watches(): readonly WatchState[] | null;
  /** Whether span pairs are sent at all; they are by default. */
  isSending?(): boolean;
}

/** What an agent says of itself over HTTP. Told of changes; asked by who scrapes. */
export class AgentHealth {
  readonly #sources: AgentHealthSources;
  readonly #listeners: HealthListener[] = [];
  /** Null while packets are captured. */
  #captureProblem: string | null = "the capture has not begun yet";
  #exportProblem: string | null = null;

  constructor(sources: AgentHealthSources) {
    this.#sources = sources;
  }

  /**
   * Resolves with the URL, or with null while another program uses the port: `report` is called with that, and when the
   * port is free. Throws ConfigError when the address cannot be had for another reason.
   */
  async listen(
    address: ListenAddress,
    report: (message: string) => void = () => {},
    retryMillis?: number,
  ): Promise<string | null> {
    const sources = { readiness: () => this.readiness(), metrics: () => this.#metrics() };
    const listener = new HealthListener(address, sources, report, retryMillis);
    this.#listeners.push(listener);
    await listener.start();
    return listener.url;
  }

  close(): void {
    for (const listener of this.#listeners) listener.close();
  }

  /** `problem` is why nothing is captured now; null: it is. */
  capture(problem: string | null): void {
    this.#captureProblem = problem;
  }

  /** `problem` is why no span pairs are accepted now; null: they are. */
  export(problem: string | null): void {
    this.#exportProblem = problem;
  }

  /**
   * Ready: packets are captured, and each kind of object was listed once, or is refused for good. Span pairs may wait:
   * their Collector is a peer.
   */
  readiness(): Readiness {
    const watches = this.#sources.watches() ?? [];
    const lines = [
      this.#captureProblem === null ? "ok: packets are captured" : `failed: ${this.#captureProblem}`,
      ...watches.map(watchLine),
      this.#exportLine(),
    ];
    const isKnown = watches.every(({ isSynced, isForbidden }) => isSynced || isForbidden);
    return { isReady: this.#captureProblem === null && isKnown, lines };
  }

  #exportLine(): string {
    if (this.#sources.isSending?.() === false) return "ok: not sending span pairs";
    return this.#exportProblem === null ? "ok: span pairs" : `warning: ${this.#exportProblem}`;
  }

  #metrics(): string {
    const figures = this.#sources.figures();
    const { isReady } = this.readiness();
    return writeExposition([
      gauge("build_info", "The version that runs; always 1.", [sample(1, { version: this.#sources.version })]),
      gauge("ready", "1 when /readyz says so.", [sample(Number(isReady))]),
      gauge("capturing", "1 while packets are captured.", [sample(Number(this.#captureProblem === null))]),
      gauge("exporting", "0 while span pairs are not accepted.", [sample(Number(this.#exportProblem === null))]),
      gauge(
        "listening",
        "1 while health and metrics are served at this address, 0 while another process uses the port.",
        this.#listeners.map(({ url, written }) => sample(Number(url !== null), { address: written })),
      ),
      ...(figures === null ? [] : agentMetrics(figures)),
      ...watchMetrics(this.#sources.watches() ?? []),
      ...processMetrics(),
    ]);
  }
}

function watchLine({ kind, isSynced, isForbidden, problem }: WatchState): string {
  if (isSynced && problem === null) return `ok: ${kind} are known and followed`;
  if (isSynced) return `warning: ${kind} are not followed, what was known stays: ${problem}`;
  const why = problem === null ? "" : `: ${problem}`;
  return isForbidden ? `warning: ${kind} are not known${why}` : `failed: ${kind} are not known yet${why}`;
}

/** Of the main process; names as every Prometheus client has them. */
function processMetrics(): Metric[] {
  const { user, system } = process.cpuUsage();
  const figure = (name: string, type: Metric["type"], help: string, value: number): Metric => ({
    ...{ name: `process_${name}`, type, help, samples: [sample(value)] },
  });
  return [
    figure("cpu_seconds_total", "counter", "CPU time of the main process.", (user + system) / 1e6),
    figure("resident_memory_bytes", "gauge", "Resident memory of the main process.", process.memoryUsage.rss()),
    figure(
      "start_time_seconds",
      "gauge",
      "Start of the main process, Unix time.",
      Math.round(Date.now() / 1000 - process.uptime()),
    ),
  ];
}
