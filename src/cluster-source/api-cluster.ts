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

/** Time limit for the first lists. An API server that answers needs less; one that does not must not delay the capture. */
const LIST_MILLIS = 15_000;

/** The cluster from the Kubernetes API. */
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
  /** Called with the nodes of the first updates if the time limit passed without them; else null. */
  #onNodes: ((nodes: NodeNames) => void) | null = null;

  /** `ownNode`: watch only the pods of this node; null: all pods. `listMillis`: shorter in tests. */
  constructor(access: ApiAccess, preferLabels: boolean, ownNode: string | null, listMillis = LIST_MILLIS) {
    this.#access = access;
    this.#listMillis = listMillis;
    const { hostname, port, protocol } = new URL(access.server);
    this.apiServer = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
    this.#ownNode = ownNode;
    this.#remotePods = ownNode === null ? null : new RemotePods(ownNode);
    this.#preferLabels = preferLabels;
    this.feed = new ClusterFeed([], [], { preferLabels, hasPacketClock: true });
    this.feed.index.isAwaited = true;
  }

  async start(problems: ClusterProblems, stopping: AbortSignal): Promise<NodeNames> {
    const node = this.#ownNode;
    const kinds = node === null ? WATCHED_KINDS : kindsWatchedOnNode(node);
    const transform = { transform: (object: KubernetesObject) => this.#trim(object), keyOf: recordKey };
    const watches = new ClusterWatches(this.#access, kinds, transform, {
      watch: problems.watch,
      object: (problem) => {
        this.#invalidObjects.add(problem);
        problems.input(`object ignored: ${problem}`);
      },
    });
    this.#watches = watches;
    printMessage(`names come from the Kubernetes API at ${this.#access.server} (${this.#access.origin})`);
    watches.start();
    if (!(await watches.waitForSync(this.#listMillis, stopping)) && !stopping.aborted) {
      printMessage("the Kubernetes API has not sent its lists yet; ends are unresolved until then");
      this.#onNodes = problems.nodes;
    }
    const updates = this.#takeUpdates();
    this.feed.addUpdates(updates);
    // What a sensor saw while no agent was there comes later, but is older than the lists.
    this.feed.advance(Number.POSITIVE_INFINITY);
    return nodesIn(updates);
  }

  applyUpdates(): void {
    const updates = this.#takeUpdates();
    this.feed.addUpdates(updates);
    if (updates.length > 0) {
      this.#onNodes?.(nodesIn(updates));
      this.#onNodes = null;
    }
    this.feed.index.updateLag.isDisconnected = this.#watches?.isWatching("Pod") === false;
  }

  #takeUpdates(): readonly ClusterUpdate[] {
    const updates = this.#watches?.takeEvents() ?? [];
    return this.#remotePods === null || updates.length === 0 ? updates : this.#remotePods.expand(updates);
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

function nodesIn(updates: readonly ClusterUpdate[]): NodeNames {
  return new NodeNames(updates.flatMap(({ object }) => (object.kind === "Node" ? [object.name] : [])));
}
