// EDGE: the Kubernetes API
// What the API server sees of agents: their lists and watches, by the agent's own code, without the rest of an agent.
import type { ApiAccess } from "../../src/kubernetes/client/api-access.ts";
import { ClusterWatches } from "../../src/kubernetes/client/cluster-watches.ts";
import type { KubernetesObject } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import { kindsWatchedOnNode, WATCHED_KINDS } from "../../src/kubernetes/objects/watched-kinds.ts";
import { nodeName } from "../bench/crowded-cluster.ts";

/** As `--watch-pods` has it. */
export type Scope = "cluster" | "node";

const SYNC_MILLIS = 300_000;

/** Only the keys of objects are kept: the memory of an agent is measured elsewhere. */
const KEYS = {
  transform: ({ kind, metadata }: KubernetesObject) => `${kind}/${metadata?.namespace}/${metadata?.name}`,
  keyOf: (key: string) => key,
};

export class WatchClients {
  readonly #clients: readonly ClusterWatches<string>[];

  private constructor(clients: readonly ClusterWatches<string>[]) {
    this.#clients = clients;
  }

  /** Of each client: as many as it watches kinds and selections. */
  get watches(): number {
    return this.#clients[0]?.states().length ?? 0;
  }

  /** One client on each of the first `count` nodes, all at the same time; resolves when each has listed the cluster. */
  static async start(access: ApiAccess, scope: Scope, count: number): Promise<WatchClients> {
    const problems: string[] = [];
    const note = (problem: string | null) => {
      if (problem !== null) problems.push(problem);
    };
    const clients = Array.from({ length: count }, (_, i) => {
      const kinds = scope === "cluster" ? WATCHED_KINDS : kindsWatchedOnNode(nodeName(i));
      return new ClusterWatches(access, kinds, KEYS, { watch: note, object: note });
    });
    for (const client of clients) client.start();
    const never = new AbortController().signal;
    const synced = await Promise.all(clients.map((client) => client.waitForSync(SYNC_MILLIS, never)));
    const started = new WatchClients(clients);
    if (synced.every(Boolean)) return started;
    await started.stop();
    throw new Error(
      `clients have not listed the cluster in ${SYNC_MILLIS / 1_000} s: ${problems[0] ?? "no problem reported"}`,
    );
  }

  /** Of all clients so far; bytes of responses without TLS. */
  counters(): { readonly bytes: number; readonly requests: number } {
    const all = this.#clients.map(({ counters }) => counters);
    // Taken, as an agent does: they would pile up.
    for (const client of this.#clients) client.takeEvents();
    return {
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      requests: all.reduce((sum, { requests }) => sum + requests, 0),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.stop()));
  }
}
