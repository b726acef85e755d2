// EDGE: signals, timers.

import type { ClusterProblems, ClusterSource } from "../cluster-source/cluster-source.ts";
import type { NodeNames } from "../cluster-source/node-names.ts";
import { CaptureError } from "../model/errors.ts";
import { printMessage } from "../output/stderr.ts";
import { type NodeOptions, Pipeline } from "../pipeline.ts";
import { RolloutProgress } from "../report/rollout-progress.ts";
import type { SensorEvent } from "../sensor/sensor-supervisor.ts";
import { StopSignals } from "../stop-signals.ts";
import { type AgentDestinations, AgentOutputs, type AgentStats } from "./agent-outputs.ts";
import { statsBeforeCapture } from "./capture-stats.ts";
import { describeLosses } from "./describe-losses.ts";
import { type FactSource, type NodeCapture, startNodeCapture } from "./node-capture.ts";
import { OwnTraffic } from "./own-traffic.ts";
import { Renewal } from "./renewal.ts";

const STATS_MILLIS = 1_000;

interface AgentRunOptions {
  readonly source: FactSource;
  readonly settings: Omit<NodeOptions, "feed" | "node" | "ownTraffic">;
  readonly cluster: ClusterSource;
  /** Which node of the cluster this is; null: unknown. Throws ConfigError. */
  readonly identify: (nodes: NodeNames) => string | null;
  readonly destinations: AgentDestinations;
}

/** The life of an agent: opens the outputs, waits for the cluster, captures until a signal, and writes the rest. */
export class AgentRun {
  readonly #options: AgentRunOptions;
  readonly #outputs: AgentOutputs;
  readonly #pipeline: Pipeline;
  readonly #rollout = new RolloutProgress();
  /** Aborted by the error that ends the run: the reader of the results has closed them, or the disk is full. */
  readonly #failed = new AbortController();
  #capture: NodeCapture | null = null;
  #hasCaptured = false;
  #node: string | null = null;
  #ownTraffic: OwnTraffic | null = null;

  constructor(options: AgentRunOptions) {
    const { cluster, destinations } = options;
    const outputs = new AgentOutputs(destinations, {
      cluster,
      hasStarted: () => this.#capture !== null,
      node: () => this.#node,
      stats: () => this.#stats(),
      problems: () => this.#losses(),
    });
    this.#options = options;
    this.#outputs = outputs;
    this.#pipeline = new Pipeline(destinations.pairs, {
      interaction: (interaction, isBothInstrumented) =>
        this.#guard(() => outputs.interaction(interaction, isBothInstrumented)),
      roles: (interaction, roles) => this.#rollout.add(interaction, roles),
      pair: (interaction, count) => outputs.pair(interaction, count),
      resolver: (query) => outputs.resolver(query),
    });
  }

  /** Resolves with the exit code. Throws CaptureError when nothing can be captured. */
  async untilStopped(): Promise<number> {
    const { cluster, identify } = this.#options;
    const stop = new StopSignals();
    try {
      await this.#outputs.open();
      const nodes = await cluster.start(this.#clusterProblems(), stop.signal);
      if (!stop.signal.aborted) {
        const capture = await this.#start(identify(nodes));
        await this.#untilEnded(capture, AbortSignal.any([stop.signal, this.#failed.signal]));
      }
      return await this.#finish(stop.atMillis);
    } finally {
      stop.release();
      this.#ownTraffic?.stop();
      await cluster.close();
      await this.#outputs.close();
    }
  }

  async #start(node: string | null): Promise<NodeCapture> {
    this.#node = node;
    const { source, settings, cluster } = this.#options;
    if (source.type !== "file") {
      const targets = { collector: this.#collector(), apiServer: cluster.apiServer };
      this.#ownTraffic = await OwnTraffic.start(targets, cluster.feed.index, node);
    }
    const options = {
      source,
      node: { ...settings, feed: cluster.feed, node, ownTraffic: this.#ownTraffic },
      applyUpdates: () => cluster.applyUpdates(),
    };
    this.#capture = await startNodeCapture(options, this.#pipeline, {
      time: (micros) => this.#guard(() => this.#outputs.advance(micros)),
      sensorEvent: (event) => this.#sensorEvent(event, node),
      problem: printMessage,
    });
    this.#outputs.start(node);
    return this.#capture;
  }

  /** Resolves when the capture has ended. Writes counters and graphs meanwhile. */
  async #untilEnded(capture: NodeCapture, stopping: AbortSignal): Promise<void> {
    const writeStats = (): void => this.#guard(() => this.#outputs.writeStats(this.#losses()));
    const renewal = this.#renewal();
    const timer = this.#outputs.hasStatsFile ? setInterval(writeStats, STATS_MILLIS) : undefined;
    stopping.addEventListener("abort", () => void capture.stop(), { once: true });
    if (stopping.aborted) void capture.stop();
    try {
      await capture.ended;
    } catch (error) {
      this.#failed.abort(error);
    } finally {
      clearInterval(timer);
      await renewal?.stop();
    }
  }

  /** Null: the results are written at the end only. */
  #renewal(): Renewal | null {
    const { renewMillis } = this.#outputs;
    if (renewMillis === null) return null;
    const work = (): Promise<void> => this.#outputs.renew(this.#losses());
    return new Renewal(renewMillis, work, (error) => this.#failed.abort(error));
  }

  async #finish(stoppedMillis: number | null): Promise<number> {
    const { aborted, reason } = this.#failed.signal;
    if (aborted && !(reason instanceof CaptureError)) throw reason;
    this.#pipeline.finish();
    return await this.#outputs.finish(this.#losses(reason), stoppedMillis);
  }

  /** Runs work that may throw, from within the callback of a stream or a timer. The first error ends the run. */
  #guard(work: () => void): void {
    if (this.#failed.signal.aborted) return;
    try {
      work();
    } catch (error) {
      this.#failed.abort(error);
    }
  }

  #clusterProblems(): ClusterProblems {
    const { log } = this.#outputs;
    return {
      input: (problem) => log.write("input", problem),
      nodes: (nodes) => this.#guard(() => void this.#options.identify(nodes)),
      watch: (problem, kind) => log.write(`watch ${kind}`, problem ?? "watching the cluster again"),
    };
  }

  #sensorEvent(event: SensorEvent, node: string | null): void {
    const { log, health } = this.#outputs;
    if (event.type === "lost") {
      const { source } = this.#options;
      const seconds = event.restartMillis / 1000;
      health.capture(source.type === "socket" ? event.reason : `sensor exited (${event.reason})`);
      if (source.type === "socket") log.write("lost", `${event.reason}; reconnecting in ${seconds} s`);
      else log.write("lost", `sensor exited (${event.reason}); restarting in ${seconds} s`);
    } else {
      health.capture(null);
      if (this.#hasCaptured) log.write("started", "capturing again");
      else printMessage(`capturing ${sourceName(this.#options.source)}${node === null ? "" : ` of ${node}`}`);
      this.#hasCaptured = true;
    }
  }

  /** `host:port` of the Collector; null: none, or a Unix socket, which no packet shows. */
  #collector(): string | null {
    const { otlp } = this.#options.destinations;
    const isOverTcp = otlp?.tracesExporter === "otlp" && !otlp.endpoint.target.startsWith("unix:");
    return isOverTcp ? otlp.endpoint.target : null;
  }

  /** What is known to be missing so far, a sentence each. */
  #losses(error?: CaptureError): readonly string[] {
    const { cluster } = this.#options;
    if (this.#capture === null) return ["stopped before any packet was captured"];
    return [...describeLosses(this.#capture.stats(), error, cluster.watches() ?? []), ...cluster.problems()];
  }

  /** The counters of `--stats` and of the metrics. */
  #stats(): AgentStats {
    const { cluster } = this.#options;
    const stats = this.#capture?.stats() ?? statsBeforeCapture(cluster.feed.index.agents.counts());
    return {
      ...stats,
      evicted: { ...stats.evicted, ...this.#outputs.evicted(), ...this.#rollout.evicted },
      events: cluster.eventCounters(),
      api: cluster.apiCounters(),
      pairs: this.#outputs.pairStats(this.#pipeline),
      rollout: this.#rollout.counts,
    };
  }
}

function sourceName(source: FactSource): string {
  if (source.type === "socket") return `through the sensor at ${source.path}`;
  return `on ${source.type === "device" ? source.device : source.path}`;
}
