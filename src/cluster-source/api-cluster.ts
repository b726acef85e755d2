import { ClusterFeed } from "../inventory/cluster-feed.ts";
import type { ApiAccess } from "../kubernetes/client/api-access.ts";
import { ClusterWatches } from "../kubernetes/client/cluster-watches.ts";
import { RemotePods, withPods } from "../kubernetes/client/remote-pods.ts";
import type { WatchState } from "../kubernetes/client/watch-state.ts";
import type { ClusterUpdate } from "../kubernetes/objects/cluster-event.ts";
import { type ClusterRecord, type KubernetesObject, recordKey } from "../kubernetes/objects/kubernetes-objects.ts";
import { trimObject } from "../kubernetes/objects/trim-object.ts";
import { kindsWatchedOnNode, WATCHED_KINDS } from "../kubernetes/objects/watched-kinds.ts";
import { printMessage } from "../output/stderr.ts";
import type { ClusterProblems, ClusterSource } from "./cluster-source.ts";
import { InvalidObjects } from "./invalid-objects.ts";
import { NodeNames } from "./node-names.ts";

/** How long is waited for the first lists: an API server that answers needs less, one that does not must not hold us up. */
const LIST_MILLIS = 15_000;

/** The cluster as its API server tells it. */
export class ApiCluster implements ClusterSource {
  readonly feed: ClusterFeed;
  readonly hasCluster = true;
  readonly noClusterReason = null;
  readonly apiServer: string;
  readonly #access: ApiAccess;
  readonly #preferLabels: boolean;
  readonly #ownNode: string | null;
  readonly #remotePods: RemotePods | null;
  readonly #listMillis: number;
  readonly #invalidObjects = new InvalidObjects();
  #watches: ClusterWatches<ClusterRecord> | null = null;
  /** Hears of the nodes with the first news, where those could not be waited for. */
  #onNodes: ((nodes: NodeNames) => void) | null = null;

  /** `ownNode`: of the pods only those of this node are watched; null: all. `listMillis` is shorter in tests. */
  constructor(access: ApiAccess, preferLabels: boolean, ownNode: string | null, listMillis = LIST_MILLIS) {
    this.#access = access;
    this.#listMillis = listMillis;
    const { hostname, port, protocol } = new URL(access.server);
    this.apiServer = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
    this.#ownNode = ownNode;
    this.#remotePods = ownNode === null ? null : new RemotePods(ownNode);
    this.#preferLabels = preferLabels;
    this.feed = new ClusterFeed([], [], { preferLabels });
  }

  async start(problems: ClusterProblems, stopping: AbortSignal): Promise<NodeNames> {
    const node = this.#ownNode;
    const kinds = node === null ? WATCHED_KINDS : kindsWatchedOnNode(node);
    const trimming = { trim: (object: KubernetesObject) => this.#trim(object), keyOf: recordKey };
    const watches = new ClusterWatches(this.#access, kinds, trimming, {
      watch: problems.watch,
      object: (problem) => {
        this.#invalidObjects.add(problem);
        problems.event(`object ignored: ${problem}`);
      },
    });
    this.#watches = watches;
    printMessage(`names come from the Kubernetes API at ${this.#access.server} (${this.#access.origin})`);
    watches.start();
    if (!(await watches.settled(this.#listMillis, stopping)) && !stopping.aborted) {
      printMessage("the cluster is not known yet; until it is, ends are unresolved");
      this.#onNodes = problems.nodes;
    }
    const news = this.#read();
    this.feed.addUpdates(news);
    return nodesIn(news);
  }

  applyUpdates(): void {
    const news = this.#read();
    this.feed.addUpdates(news);
    if (news.length > 0) {
      this.#onNodes?.(nodesIn(news));
      this.#onNodes = null;
    }
    this.feed.index.updateLag.isDisconnected = this.#watches?.follows("Pod") === false;
  }

  #read(): readonly ClusterUpdate[] {
    const news = this.#watches?.read() ?? [];
    return this.#remotePods === null || news.length === 0 ? news : this.#remotePods.expand(news);
  }

  #trim(object: KubernetesObject): ClusterRecord | null {
    const record = trimObject(object, this.#preferLabels);
    return this.#remotePods === null ? record : withPods(record, object);
  }

  problems(): readonly string[] {
    return this.#invalidObjects.problems;
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

function nodesIn(news: readonly ClusterUpdate[]): NodeNames {
  return new NodeNames(news.flatMap(({ object }) => (object.kind === "Node" ? [object.name] : [])));
}
