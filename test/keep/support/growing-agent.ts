// An agent without a capture, at a Unix socket: the real store, file and HTTP endpoint, whose graph grows while it is read.
import { AgentGraph } from "../../../src/agent/agent-graph.ts";
import { AgentObservation } from "../../../src/agent/agent-observation.ts";
import { AgentHealth } from "../../../src/telemetry/agent-health.ts";
import { parseListenAddress } from "../../../src/telemetry/listen-address.ts";
import { call } from "../../answers/support/graphs.ts";

const BEGIN_MICROS = 1_795_000_000_000_000;
const NODE = "worker-1";

export class GrowingAgent {
  readonly #path: string;
  #graph: AgentGraph | null = null;
  #health: AgentHealth | null = null;
  #observation: AgentObservation | null = null;
  #nowMicros = BEGIN_MICROS;
  /** Connections by edge, of all runs: the truth. */
  readonly truth = new Map<string, number>();

  constructor(path: string) {
    this.#path = path;
  }

  /** A new run, which begins with nothing. */
  async start(): Promise<void> {
    this.close();
    const observation = new AgentObservation(() => ({ kernelReceived: 100, kernelDrops: 0 }));
    observation.start(NODE);
    observation.advance(this.#nowMicros);
    const options = { keepNodes: false, hasCluster: true, observed: () => observation.list() };
    this.#graph = new AgentGraph(options, () => []);
    this.#health = new AgentHealth({ version: "1", figures: () => null, watches: () => null, graph: this.#graph });
    this.#observation = observation;
    await this.#health.listen(parseListenAddress(`unix:${this.#path}`));
  }

  connect(client: string, server: string, count = 1): void {
    for (let i = 0; i < count; i++) {
      this.#nowMicros += 1_000;
      this.#graph?.add(call(client, server, { timeMicros: this.#nowMicros, reporter: NODE }), false);
    }
    this.#observation?.advance(this.#nowMicros);
    const edge = `${client} ${server}`;
    this.truth.set(edge, (this.truth.get(edge) ?? 0) + count);
  }

  get total(): number {
    return [...this.truth.values()].reduce((sum, count) => sum + count, 0);
  }

  close(): void {
    this.#health?.close();
  }
}
