// EDGE: signals, timers, files, and the agent's outputs.

import type { ClusterProblems } from "../cluster-source/cluster-source.ts";
import type { Exporter } from "../export/queue/exporter.ts";
import { CaptureError } from "../model/errors.ts";
import type { Interaction } from "../model/interaction.ts";
import { Completeness } from "../output/completeness.ts";
import { createResults, openExporter, pairStats } from "../output/destinations.ts";
import { Output } from "../output/output.ts";
import type { Results } from "../output/results.ts";
import { writeStats } from "../output/stats-file.ts";
import { printMessage } from "../output/stderr.ts";
import { exportNotice, exportSummary, resultsNotice, resultsSummary } from "../output/summaries.ts";
import { PairSelector } from "../report/pair-selector.ts";
import type { SensorEvent } from "../sensor/sensor-process.ts";
import { StopSignals } from "../stop-signals.ts";
import { AgentHealth } from "../telemetry/agent-health.ts";
import { isEveryAddress } from "../telemetry/listen-address.ts";
import { RateLimitedLog } from "../telemetry/log.ts";
import type { AgentFigures } from "../telemetry/metrics.ts";
import { VERSION } from "../version.ts";
import { type Agent, startAgent } from "./agent.ts";
import type { AgentOutputs, AgentRunOptions } from "./agent-run-options.ts";
import { describeLosses } from "./describe-losses.ts";
import { OwnTraffic } from "./own-traffic.ts";

/** Lines wait so long to be put in order: longer than any lookup waits for its connection. */
const HORIZON_MICROS = 15e6;
const STATS_MILLIS = 1_000;
/** From the signal to the last pair; the whole is to take less than 2 s. */
const STOP_MILLIS = 1_200;
const MIN_GRACE_MILLIS = 300;

/** One run of the agent, from start to signal, with all that it writes. */
export class AgentRun {
  readonly #options: AgentRunOptions;
  readonly #outputs: AgentOutputs;
  readonly #log = new RateLimitedLog(printMessage, () => performance.now());
  readonly #pairs: PairSelector;
  readonly #health = new AgentHealth({
    version: VERSION,
    figures: () => (this.#agent === null ? null : this.#stats(this.#agent)),
    watches: () => this.#options.cluster.watches(),
    isSending: () => this.#exporter?.isSending === true,
  });
  #results: Results | null = null;
  #exporter: Exporter | null = null;
  #ownTraffic: OwnTraffic | null = null;
  #agent: Agent | null = null;
  /** What ends the run from inside: nobody reads the results any more, or the disk is full. */
  #failure: { readonly error: unknown } | null = null;

  constructor(options: AgentRunOptions, outputs: AgentOutputs) {
    this.#options = options;
    this.#outputs = outputs;
    this.#pairs = new PairSelector(outputs.pairs, (interaction, count) => this.#exporter?.add(interaction, count));
  }

  /** Resolves with the exit code. Throws CaptureError when nothing can be captured. */
  async untilStopped(): Promise<number> {
    const { cluster, identify } = this.#options;
    const stop = new StopSignals();
    try {
      await this.#open();
      const nodes = await cluster.start(this.#clusterProblems(), stop.signal);
      if (stop.signal.aborted) return await this.#stoppedEarly();
      const agent = await this.#start(identify(nodes));
      await this.#untilEnded(agent, stop.signal);
      return await this.#finish(agent, stop.atMillis);
    } finally {
      stop.release();
      this.#ownTraffic?.stop();
      await cluster.close();
      this.#log.flush();
      this.#health.close();
      await this.#exporter?.shutdown(0);
    }
  }

  async #open(): Promise<void> {
    const { format, output, keepNodes, listen } = this.#outputs;
    if (listen !== null) {
      const others = isEveryAddress(listen) ? " (and at every other address of this machine)" : "";
      printMessage(`health and metrics at ${await this.#health.listen(listen)}${others}`);
    }
    if (format !== null) {
      this.#results = createResults(format, {
        output: new Output(output),
        keepNodes,
        hasCluster: this.#options.cluster.hasCluster,
        hasService: (namespace, name) => this.#options.cluster.feed.index.services.named(namespace, name) !== null,
        horizonMicros: HORIZON_MICROS,
      });
    }
    this.#exporter = await openExporter(this.#outputs, {
      keepNodes,
      times: "live",
      onChange: (problem) => {
        this.#health.export(problem);
        if (problem === null) this.#log.say("accepted", "span pairs are accepted again");
        else this.#log.say("export", problem);
      },
    });
  }

  #clusterProblems(): ClusterProblems {
    return {
      event: (problem) => this.#log.say("event", problem),
      nodes: (nodes) => this.#guard(() => void this.#options.identify(nodes)),
      watch: (problem, kind) => this.#log.say(`watch ${kind}`, problem ?? "watching the cluster again"),
    };
  }

  async #start(node: string | null): Promise<Agent> {
    const { source, settings, cluster } = this.#options;
    const { otlp } = this.#outputs;
    if (source.type === "device") {
      const { apiServer } = cluster;
      const isOverTcp = otlp?.tracesExporter === "otlp" && !otlp.endpoint.target.startsWith("unix:");
      const targets = { collector: isOverTcp ? otlp.endpoint.target : null, apiServer };
      this.#ownTraffic = await OwnTraffic.start(targets, cluster.feed.index, node);
    }
    this.#agent = await startAgent(
      {
        source,
        pipeline: {
          ...settings,
          feed: cluster.feed,
          node,
          isOwnTraffic: (connection) => this.#ownTraffic?.hasConnection(connection) === true,
        },
        applyUpdates: () => cluster.applyUpdates(),
      },
      {
        interaction: (interaction) => this.#tell(interaction),
        time: (micros) => {
          this.#pairs.advance(micros);
          this.#log.tick();
          this.#guard(() => this.#results?.advance(micros));
        },
        sensorEvent: (event) => this.#saySensorEvent(event),
      },
    );
    printMessage(
      `capturing on ${source.type === "device" ? source.device : source.path}${node === null ? "" : ` of ${node}`}`,
    );
    const notice = resultsNotice(this.#outputs);
    if (notice !== null) printMessage(notice);
    if (cluster.noClusterReason !== null) printMessage(cluster.noClusterReason);
    if (this.#exporter !== null) {
      this.#exporter.start();
      printMessage(exportNotice(this.#exporter));
    }
    return this.#agent;
  }

  async #stoppedEarly(): Promise<number> {
    const completeness = await Completeness.finish(this.#results, ["it was stopped before it captured anything"]);
    completeness.print();
    return completeness.exitCode;
  }

  /** Resolves when the agent has ended. Meanwhile counters are written. */
  async #untilEnded(agent: Agent, stopping: AbortSignal): Promise<void> {
    stopping.addEventListener("abort", () => void agent.stop(), { once: true });
    const { stats } = this.#outputs;
    const timer =
      stats === undefined || stats === "-"
        ? null
        : setInterval(() => this.#guard(() => this.#writeStats(agent, this.#missing(agent))), STATS_MILLIS);
    try {
      if (this.#failure !== null || stopping.aborted) void agent.stop();
      await agent.ended;
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      if (timer !== null) clearInterval(timer);
    }
  }

  async #finish(agent: Agent, stoppedMillis: number | null): Promise<number> {
    const error = this.#failure?.error;
    if (error !== undefined && !(error instanceof CaptureError)) throw error;
    this.#pairs.finish();
    const completeness = await Completeness.finish(this.#results, this.#lost(agent, error));
    const written = resultsSummary(this.#outputs, agent.stats());
    if (written !== null) printMessage(written);
    completeness.print();
    const spent = stoppedMillis === null ? 0 : performance.now() - stoppedMillis;
    await this.#exporter?.shutdown(Math.max(MIN_GRACE_MILLIS, STOP_MILLIS - spent));
    this.#writeStats(agent, completeness.problems);
    if (this.#exporter !== null) printMessage(exportSummary(this.#exporter, this.#pairs));
    return completeness.exitCode;
  }

  #tell(interaction: Interaction): void {
    if (this.#ownTraffic?.hasLookup(interaction)) return;
    const isHandedOver = this.#pairs.add(interaction);
    this.#guard(() => this.#results?.add(interaction, isHandedOver));
  }

  /** Runs what may find its output closed or full, from within a stream's callback: that stops the agent. */
  #guard(work: () => void): void {
    if (this.#failure !== null) return;
    try {
      work();
    } catch (error) {
      this.#failure = { error };
      void this.#agent?.stop();
    }
  }

  #saySensorEvent(event: SensorEvent): void {
    this.#health.capture(event.type === "started" ? null : `the sensor was lost (${event.reason})`);
    if (event.type === "lost") {
      const seconds = event.restartMillis / 1000;
      this.#log.say("lost", `the sensor was lost (${event.reason}); it starts again in ${seconds} s`);
    } else if (this.#agent !== null) {
      this.#log.say("started", "the sensor captures again");
    }
  }

  #writeStats(agent: Agent, problems: readonly string[]): void {
    const { stats } = this.#outputs;
    if (stats === undefined) return;
    writeStats(stats, { ...this.#stats(agent), problems });
  }

  #lost(agent: Agent, error?: CaptureError): readonly string[] {
    const { cluster } = this.#options;
    return [...describeLosses(agent, error, cluster.watches() ?? []), ...cluster.problems()];
  }

  /** What is known to be missing so far. */
  #missing(agent: Agent): readonly string[] {
    return [...this.#lost(agent), ...(this.#results?.missing() ?? [])];
  }

  /** One object for `--stats` and metrics. */
  #stats(agent: Agent): AgentFigures {
    const { cluster } = this.#options;
    const [events, api] = [cluster.eventCounters(), cluster.apiCounters()];
    const stats = agent.stats();
    const evicted = { ...stats.evicted, ...this.#results?.evicted() };
    return { ...stats, evicted, events, api, pairs: pairStats(this.#pairs, this.#exporter) };
  }
}
