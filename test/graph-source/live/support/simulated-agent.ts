// An agent without a capture: the real store, file and HTTP endpoint, filled with made-up interactions.
import { AgentGraph } from "../../../../src/agent/agent-graph.ts";
import { AgentObservation } from "../../../../src/agent/agent-observation.ts";
import type { End } from "../../../../src/model/interaction.ts";
import { AgentHealth } from "../../../../src/telemetry/agent-health.ts";
import { parseListenAddress } from "../../../../src/telemetry/listen-address.ts";
import { makeInteraction } from "../../../render/support/shop-graph.ts";

export interface SimulatedAgent {
  /** On 127.0.0.1. */
  readonly port: number;
  close(): void;
}

/** Interactions of each edge: one fails. */
export const CONNECTIONS_PER_EDGE = 5;
const BEGIN_MICROS = 1_795_000_000_000_000;

/** Starts it with a graph of `edges` edges, all of clients on `node`; servers are the same on all nodes. */
export async function simulatedAgent(node: string, edges: number): Promise<SimulatedAgent> {
  const observation = new AgentObservation(() => ({ kernelReceived: 0, kernelDrops: 0 }));
  observation.start(node);
  observation.advance(BEGIN_MICROS);
  observation.advance(BEGIN_MICROS + 3_600e6);
  const options = { keepNodes: false, hasCluster: true, observed: () => observation.list() };
  const graph = new AgentGraph(options, () => []);
  fillGraph(graph, node, edges);
  const health = new AgentHealth({ version: "1", figures: () => null, watches: () => null, graph });
  const url = await health.listen(parseListenAddress("0"));
  return { port: Number(new URL(url ?? "").port), close: () => health.close() };
}

/** Servers of each client. */
const SERVERS = 40;

/** Adds `edges` edges of clients on `node`. */
export function fillGraph(graph: AgentGraph, node: string, edges: number): void {
  const servers = Array.from({ length: SERVERS }, (_, i) => workload(`server-${i}`));
  let client = workload(`client-${node}`);
  for (let i = 0; i < edges; i++) {
    const number = i % SERVERS;
    if (number === 0) client = workload(`client-${node}-${i / SERVERS}`);
    const edge = {
      client,
      server: servers[number] as End,
      reporter: node,
      evidence: "handshake",
      name: `server-${number}.shop.svc.cluster.local`,
      dialled: { address: `10.96.0.${number}`, port: 80 },
      dialledService: `shop/server-${number}`,
      serverAddress: { address: `10.1.0.${number}`, port: 8080 },
    } as const;
    for (let n = 0; n < CONNECTIONS_PER_EDGE; n++) {
      const outcome = n === 0 ? "refused" : "established";
      const times = { timeMicros: BEGIN_MICROS + n * 1e6, durationMicros: 200 + n };
      graph.add(makeInteraction({ ...edge, ...times, outcome }), false);
    }
  }
}

function workload(name: string): End {
  const spans = { serviceName: name, serviceNamespace: "shop", ownSpans: "unsaid" } as const;
  return { type: "workload", namespace: "shop", name, kind: "Deployment", ...spans };
}
