// The cluster from the files of --cluster and --events.

import type { CommonOptions } from "../config.ts";
import { ClusterFeed } from "../inventory/cluster-feed.ts";
import { readClusterFile } from "../kubernetes/files/cluster-file.ts";
import { missingKinds } from "../kubernetes/files/missing-kinds.ts";
import type { ClusterEvent } from "../kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../kubernetes/objects/kubernetes-objects.ts";
import { ConfigError } from "../model/errors.ts";
import { printMessage } from "../output/stderr.ts";
import { InvalidObjects } from "./invalid-objects.ts";
import { NodeNames } from "./node-names.ts";

/** Number of pods with an address, and of those among them without a node. */
export interface PodsByNode {
  readonly all: number;
  readonly withoutNode: number;
}

/** Kinds that give addresses an owner. */
const KINDS_WITH_ADDRESSES = new Set(["Pod", "Service", "EndpointSlice", "Node"]);

export class ClusterFiles {
  readonly nodes: NodeNames;
  readonly invalidObjects: InvalidObjects;
  readonly #objects: readonly KubernetesObject[];
  readonly #events: readonly ClusterEvent[];
  readonly #preferLabels: boolean;

  /**
   * Combines the files of --cluster. Adds invalid objects to `invalidObjects`, and prints which kinds are missing. Throws
   * ConfigError.
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
        `cluster file ${cluster.join(", ")} contains no pods, services or nodes${bad === undefined ? "" : `: ${bad}`}; create it with the kubectl command that --help shows`,
      );
    }
    const all = this.#all();
    if (cluster.length > 0)
      for (const line of missingKinds(`cluster file ${cluster.join(", ")}`, all)) printMessage(line);
    const nodes = all.filter(({ kind }) => kind === "Node");
    this.nodes = new NodeNames(nodes.map(({ metadata }) => metadata?.name).filter((name) => name !== undefined));
  }

  /** Prints which kinds a complete log of events lacks. Not for a log that is followed, which may still grow. */
  printMissingKinds(path: string): void {
    if (this.#objects.length > 0 || this.#events.length === 0) return; // With --cluster, the constructor has checked both.
    const fix = "pass --cluster FILE too, or a log from wirespan record, which begins with all objects";
    for (const line of missingKinds(`log of events ${path}`, this.#all(), fix)) printMessage(line);
  }

  get isEmpty(): boolean {
    return this.#objects.length + this.#events.length === 0;
  }

  podsByNode(): PodsByNode {
    // Files and logs may contain a pod several times.
    const hasNode = new Map<string, boolean>();
    for (const { kind, metadata, spec, status } of this.#all()) {
      if (kind !== "Pod" || typeof status?.podIP !== "string") continue;
      const pod = metadata?.uid ?? `${metadata?.namespace}/${metadata?.name}`;
      hasNode.set(pod, hasNode.get(pod) === true || typeof spec?.nodeName === "string");
    }
    return { all: hasNode.size, withoutNode: [...hasNode.values()].filter((isKnown) => !isKnown).length };
  }

  #all(): KubernetesObject[] {
    return [...this.#objects, ...this.#events.map(({ object }) => object)];
  }

  /** Creates a feed. Each node needs its own, because updates are applied by its packet time. */
  feed(): ClusterFeed {
    return new ClusterFeed(this.#objects, this.#events, { preferLabels: this.#preferLabels });
  }
}
