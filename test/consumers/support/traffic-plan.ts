import type { Interaction } from "../../../src/model/interaction.ts";
import { interaction, refused, workload } from "../../export/support/sample-interactions.ts";

/** Plan of one sender: `pairs` connections, in turn over `edges` edges. Sender and test read the same plan. */
export interface TrafficPlan {
  /** First part of the names of its clients: senders with the same one share their edges. */
  readonly name: string;
  readonly edges: number;
  readonly pairs: number;
}

/** What all plans together come to for one edge. */
export interface PlannedEdge {
  readonly client: string;
  readonly clientNamespace: string;
  readonly server: string;
  readonly serverNamespace: string;
  requests: number;
  failed: number;
  /** Seconds, in no order. */
  readonly durations: number[];
}

const NAMESPACES = ["shop", "media", "team-x"];
/** Servers that one client calls, where it has so many edges. */
const SERVERS = 10;
/** Every tenth connection of an edge fails. */
const FAILURE_EVERY = 10;
const SHORTEST_MICROS = 60;
const LONGEST_MICROS = 8_000_000;

/** Spread evenly over the orders of magnitude from 60 us to 8 s; the golden ratio visits them in no order. */
function durationMicros(turn: number): number {
  const share = (turn * 0.618_033_988_75) % 1;
  return SHORTEST_MICROS * (LONGEST_MICROS / SHORTEST_MICROS) ** share;
}

export function plannedInteraction(plan: TrafficPlan, index: number): Interaction {
  const edge = index % plan.edges;
  const turn = Math.floor(index / plan.edges);
  const make = turn % FAILURE_EVERY === FAILURE_EVERY - 1 ? refused : interaction;
  const client = Math.floor(edge / SERVERS);
  const server = edge % SERVERS;
  return make({
    client: workload(`${plan.name}-${client}`, NAMESPACES[client % NAMESPACES.length] as string),
    // Servers of one name in different namespaces.
    server: workload(`server-${server >> 1}`, NAMESPACES[server % 2] as string),
    durationMicros: durationMicros(turn),
  });
}

/** The truth of these plans, sorted as edges are. */
export function plannedEdges(plans: readonly TrafficPlan[]): PlannedEdge[] {
  const edges = new Map<string, PlannedEdge>();
  for (const plan of plans) {
    for (let index = 0; index < plan.pairs; index++) {
      const { client, server, outcome, durationMicros } = plannedInteraction(plan, index);
      if (client.type !== "workload" || server.type !== "workload") throw new Error("plans have workloads only");
      const key = JSON.stringify([client.namespace, client.serviceName, server.namespace, server.serviceName]);
      const edge = edges.get(key) ?? {
        client: client.serviceName,
        clientNamespace: client.namespace,
        server: server.serviceName,
        serverNamespace: server.namespace,
        requests: 0,
        failed: 0,
        durations: [],
      };
      edges.set(key, edge);
      edge.requests++;
      if (outcome === "refused") edge.failed++;
      edge.durations.push(durationMicros / 1e6);
    }
  }
  return [...edges.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, edge]) => edge);
}
