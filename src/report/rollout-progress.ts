import { GenerationalCache } from "../bounded/generational-cache.ts";
import { type End, type Interaction, OTLP_PORTS } from "../model/interaction.ts";
import { edgeKey, nodeKey } from "./edge-key.ts";
import { infrastructureOf } from "./infrastructure.ts";
import type { SpanRoles } from "./instrumented-workloads.ts";

/**
 * How far tracing is on an edge. `synthetic`: no end sends spans, only wirespan shows it. `half`: one of two ends does.
 * `instrumented`: every end that can. An end that cannot is outside the cluster, a Service or Kubernetes node, a Collector,
 * or a store or proxy, which the spans of its clients show.
 */
type RolloutState = "synthetic" | "half" | "instrumented";

type StateCounts = Readonly<Record<RolloutState, number>>;

export interface RolloutCounts {
  /** Connections since the start. Each is reported by one agent, so the counts of all agents add up. */
  readonly connections: StateCounts;
  /** Edges of the last 12 to 24 hours, by their last connection. */
  readonly edges: StateCounts;
}

/** In each of two generations. */
const MAX_EDGES = 16_384;
const MAX_AGE_MICROS = 12 * 3_600_000_000;

interface EdgeMemory {
  readonly clientCan: boolean;
  readonly servedPorts: Set<number>;
  /** Whether the server is no store or proxy, for these ports. */
  serverCan: boolean;
  /** Null: no end can send spans. */
  state: RolloutState | null;
}

/** More say nothing new: a server with one that is no store's is none. */
const MAX_PORTS = 16;
const NO_PORTS: ReadonlySet<number> = new Set();

/** Counts connections and edges by how far tracing is on them. Time is that of the interactions. */
export class RolloutProgress {
  readonly #connections = { synthetic: 0, half: 0, instrumented: 0 };
  readonly #edges: GenerationalCache<string, EdgeMemory>;

  constructor(maxEdges = MAX_EDGES) {
    this.#edges = new GenerationalCache(maxEdges, { maxAgeMicros: MAX_AGE_MICROS });
  }

  get counts(): RolloutCounts {
    const edges = { synthetic: 0, half: 0, instrumented: 0 };
    for (const { state } of this.#edges.values()) if (state !== null) edges[state]++;
    return { connections: { ...this.#connections }, edges };
  }

  add(interaction: Interaction, roles: SpanRoles): void {
    const { client, server, evidence, timeMicros } = interaction;
    if (evidence === "lookup" || isTelemetry(interaction) || nodeKey(client) === nodeKey(server)) return;
    this.#edges.advance(timeMicros);
    const edge = this.#edgeOf(client, server);
    learnPort(edge, interaction);
    edge.state = stateOf(edge, roles);
    if (edge.state !== null) this.#connections[edge.state]++;
  }

  #edgeOf(client: End, server: End): EdgeMemory {
    const key = edgeKey(client, server);
    let edge = this.#edges.get(key);
    if (edge === undefined) {
      const serverCan = canSendSpans(server, NO_PORTS);
      edge = { clientCan: canSendSpans(client, NO_PORTS), servedPorts: new Set(), serverCan, state: null };
      this.#edges.set(key, edge);
    }
    return edge;
  }
}

function learnPort(edge: EdgeMemory, { server, serverAddress }: Interaction): void {
  const { servedPorts } = edge;
  if (serverAddress === null || servedPorts.has(serverAddress.port) || servedPorts.size >= MAX_PORTS) return;
  servedPorts.add(serverAddress.port);
  edge.serverCan = canSendSpans(server, servedPorts);
}

function canSendSpans(end: End, servedPorts: ReadonlySet<number>): boolean {
  return end.type === "workload" && infrastructureOf(end.serviceName, servedPorts) === null;
}

function stateOf({ clientCan, serverCan }: EdgeMemory, { client, server }: SpanRoles): RolloutState | null {
  const isClientNeeded = clientCan && client !== "receives";
  const isServerNeeded = serverCan && server !== "receives";
  if (!isClientNeeded && !isServerNeeded) return null;
  const isClientDark = isClientNeeded && client === "none";
  const isServerDark = isServerNeeded && server === "none";
  if (!isClientDark && !isServerDark) return "instrumented";
  return isClientDark === isClientNeeded && isServerDark === isServerNeeded ? "synthetic" : "half";
}

/** The export of telemetry is no part of the application. */
function isTelemetry({ dialled, serverAddress }: Interaction): boolean {
  return (
    (dialled !== null && OTLP_PORTS.has(dialled.port)) || (serverAddress !== null && OTLP_PORTS.has(serverAddress.port))
  );
}
