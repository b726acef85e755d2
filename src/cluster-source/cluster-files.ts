// What is known of the cluster from files: those of --cluster and --events.

import type { CommonOptions } from "../config.ts";
import { ClusterFeed } from "../inventory/cluster-feed.ts";
import { readClusterFile } from "../kubernetes/files/kubernetes-file.ts";
import { missingKinds } from "../kubernetes/files/missing-kinds.ts";
import type { ClusterEvent } from "../kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../kubernetes/objects/kubernetes-objects.ts";
import { ConfigError } from "../model/errors.ts";
import { printMessage } from "../output/stderr.ts";
import { InvalidObjects } from "./invalid-objects.ts";
import { NodeNames } from "./node-names.ts";

/** Pods with an address, and those whose node is unknown. */
export interface PodsByNode {
  readonly all: number;
  readonly withoutNode: number;
}

/** Without these no address has an owner. */
const KINDS_WITH_ADDRESSES = new Set(["Pod", "Service", "EndpointSlice", "Node"]);

export class ClusterFiles {
  readonly nodes: NodeNames;
  readonly invalidObjects: InvalidObjects;
  readonly #objects: readonly KubernetesObject[];
  readonly #events: readonly ClusterEvent[];
  readonly #preferLabels: boolean;

  /**
   * The files of --cluster together are the cluster. `invalidObjects` hears what of them is left out; what they lack is said.
   * Throws ConfigError where they cannot be used.
   */
  constructor(
    { cluster = [], preferLabels }: Pick<CommonOptions, "cluster" | "preferLabels">,
    events: readonly ClusterEvent[],
    invalidObjects = new InvalidObjects(),
  ) {
    this.invalidObjects = invalidObjects;
    this.#objects = cluster.flatMap((path) => readClusterFile(path, invalidObjects.add));
    this.#events = events;
    this.#preferLabels = preferLabels === true;
    if (cluster.length > 0 && !this.#objects.some(({ kind }) => KINDS_WITH_ADDRESSES.has(kind ?? ""))) {
      const [bad] = invalidObjects.problems;
      throw new ConfigError(
        `cluster file ${cluster.join(", ")} holds no pods, services or nodes${bad === undefined ? "" : `: ${bad}`}; make it with the kubectl command that --help shows`,
      );
    }
    const all = this.#all();
    if (cluster.length > 0)
      for (const line of missingKinds(`cluster file ${cluster.join(", ")}`, all)) printMessage(line);
    const nodes = all.filter(({ kind }) => kind === "Node");
    this.nodes = new NodeNames(nodes.map(({ metadata }) => metadata?.name).filter((name) => name !== undefined));
  }

  /** To be said of a whole log of events; one that is followed may still grow. */
  sayWhatLogLacks(path: string): void {
    if (this.#objects.length > 0 || this.#events.length === 0) return; // with --cluster both were looked at
    const remedy = "give --cluster FILE too, or a log that record has begun with all objects";
    for (const line of missingKinds(`log of events ${path}`, this.#all(), remedy)) printMessage(line);
  }

  get isEmpty(): boolean {
    return this.#objects.length + this.#events.length === 0;
  }

  podsByNode(): PodsByNode {
    // A file and a log tell of one pod as often as it changed.
    const hasNode = new Map<string, boolean>();
    for (const { kind, metadata, spec, status } of this.#all()) {
      if (kind !== "Pod" || typeof status?.podIP !== "string") continue;
      const pod = metadata?.uid ?? `${metadata?.namespace}/${metadata?.name}`;
      hasNode.set(pod, hasNode.get(pod) === true || typeof spec?.nodeName === "string");
    }
    return { all: hasNode.size, withoutNode: [...hasNode.values()].filter((known) => !known).length };
  }

  #all(): KubernetesObject[] {
    return [...this.#objects, ...this.#events.map(({ object }) => object)];
  }

  /** A feed of its own for each node: its news goes by that node's packet time. */
  feed(): ClusterFeed {
    return new ClusterFeed(this.#objects, this.#events, { preferLabels: this.#preferLabels });
  }
}
