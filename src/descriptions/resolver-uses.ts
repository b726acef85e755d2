import { FairShares } from "../bounded/fair-shares.ts";
import { type NodeMerging, toGraphNode } from "../graph/graph-nodes.ts";
import { compareText } from "../graph/order.ts";
import type { End } from "../model/interaction.ts";
import type { ResolverQuery } from "../model/lookup.ts";
import type { GraphNode, ResolverUse } from "../model/service-graph.ts";

/** DNS servers of all clients together. Clusters have a few for each workload. */
const MAX_USES = 50_000;
/** DNS servers of one client in a graph. */
const MAX_SHOWN = 100;

interface ClientResolvers {
  readonly client: GraphNode;
  /** The servers, as nodes. */
  readonly ends: readonly GraphNode[];
  readonly uses: readonly ResolverUse[];
}

/** The DNS servers that each client queried. Clients share the maximum fairly. */
export class ResolverUses {
  readonly #byClient = new Map<End, Map<string, ResolverQuery>>();
  readonly #shares: FairShares<End, string>;
  /** Servers that were dropped at the maximum. */
  dropped = 0;

  constructor(maxUses = MAX_USES) {
    this.#shares = new FairShares(maxUses);
  }

  add(query: ResolverQuery): void {
    const { client } = query;
    const key = keyOf(query);
    const known = this.#byClient.get(client);
    if (known?.has(key)) {
      known.set(key, query);
      return;
    }
    const removed = this.#shares.add(client, key);
    if (removed !== null) {
      this.dropped++;
      if (removed.owner === client && removed.item === key) return;
      this.#remove(removed.owner, removed.item);
    }
    const uses = this.#byClient.get(client) ?? new Map<string, ResolverQuery>();
    this.#byClient.set(client, uses.set(key, query));
  }

  /** By the id of the client's node. */
  byClient(merging: NodeMerging): ReadonlyMap<string, ClientResolvers> {
    const found = new Map<string, { readonly client: GraphNode; readonly queries: ResolverQuery[] }>();
    for (const [end, queries] of this.#byClient) {
      if (end.type !== "workload") continue;
      const client = toGraphNode(end, merging);
      const entry = found.get(client.id) ?? { client, queries: [] };
      entry.queries.push(...queries.values());
      found.set(client.id, entry);
    }
    return new Map([...found].map(([id, { client, queries }]) => [id, { client, ...resolversOf(queries, merging) }]));
  }

  #remove(client: End, key: string): void {
    const uses = this.#byClient.get(client);
    uses?.delete(key);
    if (uses?.size === 0) this.#byClient.delete(client);
  }
}

/** One for each server, as in a merge: of two ends, that with the larger id; unresolved ends are unknown. */
function resolversOf(queries: readonly ResolverQuery[], merging: NodeMerging): Omit<ClientResolvers, "client"> {
  const byServer = new Map<string, { readonly use: ResolverUse; readonly end: GraphNode | null }>();
  for (const query of queries) {
    const end = query.end.type === "unresolved" ? null : toGraphNode(query.end, merging);
    const key = keyOf(query);
    const known = byServer.get(key)?.end ?? null;
    if (known !== null && (end === null || end.id <= known.id)) continue;
    const { address, port } = query.server;
    byServer.set(key, { use: { address, port, transport: query.transport, end: end?.id ?? null }, end });
  }
  const shown = [...byServer.values()].sort((a, b) => compareUses(a.use, b.use)).slice(0, MAX_SHOWN);
  return { uses: shown.map(({ use }) => use), ends: shown.map(({ end }) => end).filter((end) => end !== null) };
}

function keyOf({ server, transport }: ResolverQuery): string {
  return `${server.address} ${server.port} ${transport}`;
}

function compareUses(a: ResolverUse, b: ResolverUse): number {
  return compareText(a.address, b.address) || a.port - b.port || compareText(a.transport, b.transport);
}
