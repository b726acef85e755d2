// EDGE: files, HTTP, the clock, the environment.
import type { ClusterSource } from "../cluster-source/cluster-source.ts";
import type { Exporter } from "../export/queue/exporter.ts";
import type { Interaction } from "../model/interaction.ts";
import type { ResolverQuery } from "../model/lookup.ts";
import { Completeness } from "../output/completeness.ts";
import { type Destinations, openExporter, openResults, type PairStats, pairStats } from "../output/destinations.ts";
import { writeStats } from "../output/files/stats-file.ts";
import { RenewedGraph } from "../output/renewed-graph.ts";
import type { Results } from "../output/results.ts";
import { printMessage } from "../output/stderr.ts";
import { exportNotice, exportSummary, resultsNotice, resultsSummary } from "../output/summaries.ts";
import type { Pipeline } from "../pipeline.ts";
import { AgentHealth } from "../telemetry/agent-health.ts";
import type { ListenAddress } from "../telemetry/listen-address.ts";
import { RateLimitedLog } from "../telemetry/log.ts";
import type { AgentFigures } from "../telemetry/metrics.ts";
import type { Counts } from "../telemetry/stats.ts";
import { resourceAttributes } from "../text/resource-attributes.ts";
import { VERSION } from "../version.ts";
import { AgentGraph } from "./agent-graph.ts";
import { AgentObservation } from "./agent-observation.ts";
import { LossLog } from "./loss-log.ts";

/** How long lines wait to be put in order: longer than a lookup waits for its connection. */
const HORIZON_MICROS = 15e6;
/** From the signal to the last pair; the whole shutdown takes less than 2 s. */
const STOP_MILLIS = 1_200;
const MIN_GRACE_MILLIS = 300;

export interface AgentDestinations extends Destinations {
  /** Address of health and metrics; null: none. */
  readonly listen: readonly ListenAddress[];
  /** Whether a graph is kept and served there. */
  readonly servesGraph: boolean;
}

/** What `--stats` and the metrics show. */
export interface AgentStats extends AgentFigures {
  readonly pairs: PairStats;
}

/** What the outputs need to know about the run. */
interface AgentState {
  readonly cluster: ClusterSource;
  /** Whether packets were captured at any time. */
  hasStarted(): boolean;
  /** The agent's node; null if unknown. */
  node(): string | null;
  stats(): AgentStats;
  /** What is known to be missing so far, a sentence each. */
  problems(): readonly string[];
}

/** Everything that an agent writes: results, span pairs, counters, log lines, health and metrics. */
export class AgentOutputs {
  readonly log = new RateLimitedLog(printMessage, () => performance.now());
  readonly health: AgentHealth;
  readonly #destinations: AgentDestinations;
  readonly #state: AgentState;
  /** The graph for readers of /graph; null if it is not served. */
  readonly #graph: AgentGraph | null;
  readonly #observation: AgentObservation;
  readonly #lossLog = new LossLog(this.log);
  #results: Results | null = null;
  #exporter: Exporter | null = null;
  /** Whether the last request of span pairs succeeded, or none was made. */
  #areAccepted = true;

  constructor(destinations: AgentDestinations, state: AgentState) {
    this.#destinations = destinations;
    this.#state = state;
    this.#observation = new AgentObservation(() => state.stats());
    this.#graph = destinations.listen.length > 0 && destinations.servesGraph ? this.#newGraph() : null;
    this.health = new AgentHealth({
      version: VERSION,
      figures: () => (state.hasStarted() ? state.stats() : null),
      watches: () => state.cluster.watches(),
      isSending: () => this.#exporter?.isSending === true,
      ...(this.#graph === null ? {} : { graph: this.#graph }),
    });
  }

  /** Throws ConfigError when an output cannot be opened. */
  async open(): Promise<void> {
    for (const address of this.#destinations.listen) await this.health.listen(address, printMessage);
    this.#results = openResults(this.#destinations, {
      ...this.#graphOptions(),
      horizonMicros: HORIZON_MICROS,
    });
    this.#exporter = await openExporter(this.#destinations, {
      times: "live",
      onChange: (problem, isSameFailure) => this.#exportChanged(problem, isSameFailure),
    });
  }

  /** One node of many may be cut off, and its log is read among those of others. */
  #exportChanged(problem: string | null, isSameFailure: boolean): void {
    const node = this.#state.node();
    const ofNode = problem === null || node === null ? problem : `node ${node}: ${problem}`;
    this.#areAccepted = problem === null;
    this.health.export(ofNode);
    if (isSameFailure) return;
    if (ofNode === null) this.log.write("accepted", "span pairs are accepted again");
    else this.log.write("export", ofNode);
  }

  /** The capture has started: starts the exporter, and says where results and span pairs go. */
  start(node: string | null): void {
    this.#observation.start(node);
    const notice = resultsNotice(this.#destinations);
    if (notice !== null) printMessage(notice);
    const { noClusterReason } = this.#state.cluster;
    if (noClusterReason !== null) printMessage(noClusterReason);
    if (this.#exporter === null) return;
    this.#exporter.start();
    printMessage(exportNotice(this.#exporter));
  }

  /** Throws when the output is closed or full. */
  interaction(interaction: Interaction, isBothInstrumented: boolean): void {
    this.#graph?.add(interaction, isBothInstrumented);
    this.#results?.add(interaction, isBothInstrumented);
  }

  resolver(query: ResolverQuery): void {
    this.#graph?.resolver(query);
    this.#results?.resolver(query);
  }

  pair(interaction: Interaction, count: number): void {
    this.#exporter?.add(interaction, count);
  }

  /** Packet time has reached `micros`. Throws when the output is closed or full. */
  advance(micros: number): void {
    this.log.tick();
    this.#logLosses(micros);
    this.#observation.advance(micros);
    this.#results?.advance(micros);
  }

  #logLosses(micros: number): void {
    if (!this.#lossLog.isDue(micros)) return;
    this.#lossLog.packets(this.#state.stats().kernelDrops);
    if (this.#exporter !== null) this.#lossLog.pairs(this.#exporter.counters, this.#areAccepted);
  }

  /** How often the results are written while they grow; null: at the end only. */
  get renewMillis(): number | null {
    return this.#results instanceof RenewedGraph ? (this.#destinations.renewMillis ?? null) : null;
  }

  /** Writes the present results. `problems`: what is missing so far. Throws OutputError and OutputClosed. */
  async renew(problems: readonly string[]): Promise<void> {
    if (this.#results instanceof RenewedGraph) await this.#results.renew(problems);
  }

  /** Entries that the results and the graph evicted, by kind. */
  evicted(): Counts {
    return { ...this.#graph?.evicted(), ...this.#results?.evicted() };
  }

  pairStats({ pairCounts }: Pipeline): PairStats {
    return pairStats(pairCounts, this.#exporter);
  }

  /** Whether `writeStats` can be called repeatedly. */
  get hasStatsFile(): boolean {
    return this.#destinations.stats !== undefined && this.#destinations.stats !== "-";
  }

  /** `problems`: what is missing so far, without what the results dropped. Throws OutputError. */
  writeStats(problems: readonly string[]): void {
    this.#writeStats([...problems, ...(this.#results?.missing() ?? [])]);
  }

  /** Writes the rest of everything, and resolves with the exit code. `stoppedMillis`: time of the signal, if any. */
  async finish(problems: readonly string[], stoppedMillis: number | null): Promise<number> {
    const completeness = await Completeness.finish(this.#results, problems);
    const stats = this.#state.stats();
    const written = resultsSummary(this.#destinations, stats);
    if (written !== null) printMessage(written);
    completeness.print();
    const spent = stoppedMillis === null ? 0 : performance.now() - stoppedMillis;
    await this.#exporter?.shutdown(Math.max(MIN_GRACE_MILLIS, STOP_MILLIS - spent));
    this.#writeStats(completeness.problems);
    if (this.#exporter !== null) printMessage(exportSummary(this.#exporter, stats.pairs));
    return completeness.exitCode;
  }

  async close(): Promise<void> {
    this.log.flush();
    this.health.close();
    await this.#exporter?.shutdown(0);
  }

  #newGraph(): AgentGraph {
    const { keepNodes } = this.#destinations;
    return new AgentGraph({ ...this.#graphOptions(), keepNodes }, () => this.#state.problems());
  }

  #graphOptions() {
    const { cluster } = this.#state;
    return {
      hasCluster: cluster.hasCluster,
      hasService: (namespace: string, name: string) => cluster.feed.index.services.named(namespace, name) !== null,
      described: () => ({ index: cluster.feed.index, scope: this.#state.node() }),
      observed: () => this.#observation.list(),
      cluster: clusterName(),
    };
  }

  #writeStats(problems: readonly string[]): void {
    const { stats } = this.#destinations;
    if (stats !== undefined) writeStats(stats, { ...this.#state.stats(), problems });
  }
}

/** `k8s.cluster.name` of the agent's own Resource; null if it is not set. */
function clusterName(): string | null {
  const attributes = resourceAttributes(process.env.OTEL_RESOURCE_ATTRIBUTES ?? "");
  return attributes.find(([key]) => key === "k8s.cluster.name")?.[1] || null;
}
