import { GenerationalCache } from "../bounded/generational-cache.ts";
import type { End, Interaction, KnownFlow } from "../model/interaction.ts";
import { edgeKey, nodeKey } from "./edge-key.ts";
import { isStorePort } from "./infrastructure.ts";
import type { SpanRoles } from "./instrumented-workloads.ts";
import {
  needsSpans,
  type SpanRole,
  spanPorts,
  type TracedEnd,
  type TracingState,
  tracingState,
} from "./tracing-rule.ts";

type StateCounts = Readonly<Record<TracingState, number>>;

export interface RolloutCounts {
  /** Connections since the start, each as its edge was then. One agent reports each, so the counts of all agents add up. */
  readonly connections: StateCounts;
  /** Edges of the last 12 to 24 hours, by what is known of their ends now. */
  readonly edges: StateCounts;
}

/** In each of two generations. */
const MAX_EDGES = 16_384;
const MAX_AGE_MICROS = 12 * 3_600_000_000;

/** An end with what its connections have shown so far. */
class KnownEnd implements TracedEnd {
  readonly type: string;
  readonly name: string;
  readonly servedPorts = new Set<number>();
  #role: SpanRole = "none";
  #isStore = true;
  /** Null: not known since a change. Its name is compared with those of many stores and proxies. */
  #needsSpans: boolean | null = null;

  constructor(end: End) {
    this.type = end.type;
    this.name = end.type === "workload" ? end.serviceName : "";
  }

  get role(): SpanRole {
    return this.#role;
  }

  set role(role: SpanRole) {
    if (role !== this.#role) this.#needsSpans = null;
    this.#role = role;
  }

  get needsSpans(): boolean {
    this.#needsSpans ??= needsSpans(this);
    return this.#needsSpans;
  }

  /** More ports change nothing after one that is no store's. */
  listensOn(port: number): void {
    if (!this.#isStore || this.servedPorts.has(port)) return;
    this.servedPorts.add(port);
    this.#isStore = isStorePort(port);
    this.#needsSpans = null;
  }
}

const isNeeded = (end: KnownEnd): boolean => end.needsSpans;

interface KnownEdge {
  client: KnownEnd;
  server: KnownEnd;
}

/** Counts connections and edges by how far tracing is on them. Time is that of the interactions. */
export class RolloutProgress {
  readonly #connections = { synthetic: 0, half: 0, instrumented: 0 };
  readonly #edges: GenerationalCache<string, KnownEdge>;
  readonly #ends: GenerationalCache<string, KnownEnd>;

  constructor(maxEdges = MAX_EDGES) {
    this.#edges = new GenerationalCache(maxEdges, { maxAgeMicros: MAX_AGE_MICROS });
    this.#ends = new GenerationalCache(maxEdges, { maxAgeMicros: MAX_AGE_MICROS });
  }

  get counts(): RolloutCounts {
    const edges = { synthetic: 0, half: 0, instrumented: 0 };
    for (const { client, server } of this.#edges.values()) {
      const state = tracingState(client, server, isNeeded);
      if (state !== null) edges[state]++;
    }
    return { connections: { ...this.#connections }, edges };
  }

  /** Edges, and ends with what is known of them, evicted because a table was full. */
  get evicted(): Readonly<Record<"rolloutEdges" | "rolloutEnds", number>> {
    return { rolloutEdges: this.#edges.evicted, rolloutEnds: this.#ends.evicted };
  }

  add(interaction: Interaction, roles: SpanRoles): void {
    if (interaction.evidence === "lookup") return;
    const { timeMicros, flow = null } = interaction;
    this.#edges.advance(timeMicros);
    this.#ends.advance(timeMicros);
    const edge = this.#knownEdge(flow, roles) ?? this.#edgeOf(interaction, roles);
    if (edge === null) return;
    const state = tracingState(edge.client, edge.server, isNeeded);
    if (state !== null) this.#connections[state]++;
  }

  /** That of the last connection of the flow, as long as a use would move neither it nor its ends within the tables. */
  #knownEdge(flow: KnownFlow | null, roles: SpanRoles): KnownEdge | null {
    if (flow === null || flow.rollout !== this || flow.rolloutTurn !== this.#turns) return null;
    const edge = flow.rolloutEdge as KnownEdge;
    edge.client.role = roles.client;
    edge.server.role = roles.server;
    return edge;
  }

  /** Null: it is no edge. */
  #edgeOf(interaction: Interaction, roles: SpanRoles): KnownEdge | null {
    const { dialled, serverAddress, flow = null } = interaction;
    const turns = this.#turns;
    const client = this.#endOf(interaction.client, roles.client);
    const server = this.#endOf(interaction.server, roles.server);
    if (serverAddress !== null) server.listensOn(serverAddress.port);
    // The export of telemetry is no part of the application.
    if (client === server || spanPorts(dialled?.port ?? null, serverAddress?.port ?? null) === "otlp") return null;
    const edge = this.#rememberEdge(edgeKey(interaction.client, interaction.server), client, server);
    if (flow !== null) {
      flow.rollout = this;
      // Where one of these look-ups has ended a generation, the turn is over, and the next connection looks up again.
      flow.rolloutTurn = turns;
      flow.rolloutEdge = edge;
    }
    return edge;
  }

  /** Generations of both tables that have ended. */
  get #turns(): number {
    return this.#edges.turns + this.#ends.turns;
  }

  /** With its ends as they are known now: their own memory may have been evicted meanwhile. */
  #rememberEdge(key: string, client: KnownEnd, server: KnownEnd): KnownEdge {
    const known = this.#edges.get(key);
    if (known === undefined) {
      const edge = { client, server };
      this.#edges.set(key, edge);
      return edge;
    }
    known.client = client;
    known.server = server;
    return known;
  }

  #endOf(end: End, role: SpanRole): KnownEnd {
    const key = nodeKey(end);
    let known = this.#ends.get(key);
    if (known === undefined) {
      known = new KnownEnd(end);
      this.#ends.set(key, known);
    }
    known.role = role;
    return known;
  }
}
