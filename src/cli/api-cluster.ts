import type { ApiAccess } from "../cluster/api-access.ts";
import { ClusterWatches } from "../cluster/cluster-watches.ts";
import { type ClusterRecord, recordKey } from "../cluster/kubernetes-objects.ts";
import { trimObject } from "../cluster/trim-object.ts";
import type { WatchState } from "../cluster/watch-state.ts";
import { ClusterFeed } from "../resolve/cluster-feed.ts";
import type { AgentCluster, ClusterProblems } from "./agent-cluster.ts";
import { NodeNames } from "./node-names.ts";
import { say } from "./stderr.ts";

/** How long is waited for the first lists: an API server that answers needs less, one that does not must not hold us up. */
const LIST_MILLIS = 15_000;

/** The cluster as its API server tells it. */
export class ApiCluster implements AgentCluster {
  readonly feed: ClusterFeed;
  readonly hasCluster = true;
  readonly #access: ApiAccess;
  readonly #preferLabels: boolean;
  #watches: ClusterWatches<ClusterRecord> | null = null;

  constructor(access: ApiAccess, preferLabels: boolean) {
    this.#access = access;
    this.#preferLabels = preferLabels;
    this.feed = new ClusterFeed([], [], { preferLabels });
  }

  async start(problems: ClusterProblems): Promise<NodeNames> {
    const trimming = {
      trim: (object: Parameters<typeof trimObject>[0]) => trimObject(object, this.#preferLabels),
      keyOf: recordKey,
    };
    const watches = new ClusterWatches(this.#access, trimming, problems.watch);
    this.#watches = watches;
    say(`names come from the Kubernetes API at ${this.#access.server} (${this.#access.origin})`);
    watches.start();
    if (!(await watches.settled(LIST_MILLIS))) say("the cluster is not known yet; until it is, ends are unresolved");
    const news = watches.read();
    this.feed.addNews(news);
    return new NodeNames(news.flatMap(({ object }) => (object.kind === "Node" ? [object.name] : [])));
  }

  readNews(): void {
    this.feed.addNews(this.#watches?.read() ?? []);
  }

  watches(): readonly WatchState[] | null {
    return this.#watches?.states() ?? null;
  }

  eventCounters(): null {
    return null;
  }

  apiCounters(): Readonly<Record<string, number>> | null {
    return this.#watches === null ? null : { ...this.#watches.counters };
  }

  async close(): Promise<void> {
    await this.#watches?.stop();
  }
}
