// EDGE: timers, files, HTTP
import { NoGraph } from "../graph-source/live/request-graph.ts";
import { ConfigError, ExitCode } from "../model/errors.ts";
import type { ServiceGraph } from "../model/service-graph.ts";
import { ChangingProblem } from "../output/changing-problem.ts";
import { printMessage } from "../output/stderr.ts";
import { StopSignals } from "../stop-signals.ts";
import { GRAPH_CONTENT, GraphEndpoint, INTENTS_CONTENT } from "../telemetry/graph-endpoint.ts";
import { HealthListener } from "../telemetry/health-listener.ts";
import type { ListenAddress } from "../telemetry/listen-address.ts";
import { countText } from "../text/number-text.ts";
import type { AgentAddress } from "./agent-address.ts";
import { folderProblem, GraphFolder } from "./graph-folder.ts";
import { KEEP_BOUNDS, keepLatest } from "./kept-graph.ts";
import { graphSource, intentsFiles, intentsSource } from "./kept-sources.ts";
import { readAgent } from "./read-agent.ts";

interface KeepOptions {
  readonly agent: AgentAddress;
  /** As the option has it, for messages. */
  readonly agentName: string;
  readonly folder: string;
  readonly everyMillis: number;
  readonly listen: readonly ListenAddress[];
}

const READ_MILLIS = 60_000;
/** For the last reading, after the signal. */
const LAST_READ_MILLIS = 2_000;

/** Reads the agent's graph at intervals, and keeps it in a folder over all runs of the agent and of itself. */
export class KeepRun {
  readonly #options: KeepOptions;
  readonly #folder: GraphFolder;
  readonly #agentProblem: ChangingProblem;
  readonly #folderProblem: ChangingProblem;
  readonly #boundProblem: ChangingProblem;
  #graph: ServiceGraph | null = null;

  constructor(options: KeepOptions) {
    const { agentName, folder } = options;
    this.#options = options;
    this.#folder = new GraphFolder(folder, printMessage);
    this.#agentProblem = new ChangingProblem(printMessage, `the agent at ${agentName} answers again`);
    this.#folderProblem = new ChangingProblem(printMessage, `--folder ${folder} is writable again: the graph is saved`);
    this.#boundProblem = new ChangingProblem(printMessage, "the kept graph is within its bounds again");
  }

  /** Resolves with the exit code after a signal. Throws ConfigError if it cannot start. */
  async untilStopped(): Promise<number> {
    const { everyMillis, folder, agentName } = this.#options;
    const stop = new StopSignals();
    const listeners: HealthListener[] = [];
    try {
      this.#graph = await this.#folder.open();
      listeners.push(...(await this.#listen()));
      const known = this.#graph === null ? "no graph yet" : countText(this.#graph.edges.length, "edge");
      printMessage(
        `keeping the graph of the agent at ${agentName} in ${folder} (${known}), every ${everyMillis / 1_000} s`,
      );
      while (!stop.signal.aborted) {
        await this.#round(AbortSignal.any([stop.signal, AbortSignal.timeout(READ_MILLIS)]), stop.signal);
        await stop.wait(everyMillis);
      }
      await this.#round(AbortSignal.timeout(LAST_READ_MILLIS), null);
    } finally {
      stop.release();
      for (const listener of listeners) listener.close();
    }
    return this.#folderProblem.current === null ? ExitCode.success : ExitCode.incomplete;
  }

  async #listen(): Promise<HealthListener[]> {
    const graph = (): ServiceGraph | null => this.#graph;
    const sources = {
      readiness: () => this.#readiness(),
      graph: new GraphEndpoint(graphSource(graph), GRAPH_CONTENT),
      intents: new GraphEndpoint(intentsSource(graph), INTENTS_CONTENT),
    };
    const listeners = this.#options.listen.map((address) => new HealthListener(address, sources, printMessage));
    for (const listener of listeners) await listener.start();
    return listeners;
  }

  #readiness(): { readonly isReady: boolean; readonly lines: readonly string[] } {
    const lines = [this.#agentProblem, this.#folderProblem, this.#boundProblem].flatMap(({ current }) => current ?? []);
    return { isReady: this.#graph !== null && this.#folderProblem.current === null, lines };
  }

  /** Reads, merges and writes. What was read and not written is written by the next round. */
  async #round(signal: AbortSignal, stop: AbortSignal | null): Promise<void> {
    try {
      this.#merge(await readAgent(this.#options.agent, signal));
      this.#agentProblem.set(null);
    } catch (error) {
      if (!(error instanceof NoGraph)) throw error;
      // The last round reads again.
      if (stop?.aborted === true) return;
      this.#agentProblem.set(`no graph from the agent at ${this.#options.agentName}: ${error.message}`);
      if (this.#folderProblem.current === null) return;
    }
    if (this.#graph !== null) this.#write(this.#graph);
  }

  #merge(latest: ServiceGraph): void {
    let kept: ReturnType<typeof keepLatest>;
    try {
      kept = keepLatest(this.#graph, latest, KEEP_BOUNDS);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#folder.setAside(
        `the kept graph is of cluster ${this.#graph?.cluster}, and the agent's of ${latest.cluster}`,
      );
      kept = keepLatest(null, latest, KEEP_BOUNDS);
    }
    this.#graph = kept.graph;
    const { droppedEdges, droppedRuns, droppedNodes } = kept;
    this.#boundProblem.set(
      droppedEdges + droppedRuns + droppedNodes === 0
        ? null
        : `the kept graph is full: dropped ${countText(droppedEdges, "edge")}, ${countText(droppedRuns, "run")} of the agent and ${countText(droppedNodes, "node")} without edges; merge snapshots outside of the node to keep them`,
    );
  }

  #write(graph: ServiceGraph): void {
    try {
      this.#folder.write(graph, intentsFiles(graph));
      this.#folderProblem.set(null);
    } catch (error) {
      if (!(error instanceof Error && "syscall" in error)) throw error;
      this.#folderProblem.set(folderProblem(this.#folder.path, error));
    }
  }
}
