// What is known of the cluster from files: those of --cluster and --events.
import type { ClusterEvent } from "../cluster/cluster-event.ts";
import { readClusterFile } from "../cluster/kubernetes-file.ts";
import type { KubernetesObject } from "../cluster/kubernetes-objects.ts";
import type { CommonOptions } from "../config.ts";
import { ConfigError } from "../model/errors.ts";
import { ClusterFeed } from "../resolve/cluster-feed.ts";
import { NodeNames } from "./node-names.ts";

/** Without these no address has an owner. */
const KINDS_WITH_ADDRESSES = new Set(["Pod", "Service", "EndpointSlice", "Node"]);

export class ClusterInput {
  readonly nodes: NodeNames;
  readonly #objects: readonly KubernetesObject[];
  readonly #events: readonly ClusterEvent[];
  readonly #preferLabels: boolean;

  /** Throws ConfigError where the cluster file cannot be used. */
  constructor({ cluster, preferLabels }: CommonOptions, events: readonly ClusterEvent[]) {
    this.#objects = cluster === undefined ? [] : readClusterFile(cluster);
    this.#events = events;
    this.#preferLabels = preferLabels === true;
    if (cluster !== undefined && !this.#objects.some(({ kind }) => KINDS_WITH_ADDRESSES.has(kind ?? ""))) {
      throw new ConfigError(
        `cluster file ${cluster} holds no pods, services or nodes; make it with the kubectl command that --help shows`,
      );
    }
    const nodes = [...this.#objects, ...events.map(({ object }) => object)].filter(({ kind }) => kind === "Node");
    this.nodes = new NodeNames(nodes.map(({ metadata }) => metadata?.name).filter((name) => name !== undefined));
  }

  get isEmpty(): boolean {
    return this.#objects.length + this.#events.length === 0;
  }

  /** A feed of its own for each node: its news goes by that node's packet time. */
  feed(): ClusterFeed {
    return new ClusterFeed(this.#objects, this.#events, { preferLabels: this.#preferLabels });
  }
}
