// What is known of the cluster: the files of --cluster and --events, and --node and --agents checked against them.

import type { ClusterEvent } from "../cluster/cluster-event.ts";
import { readClusterFile } from "../cluster/kubernetes-file.ts";
import type { KubernetesObject } from "../cluster/kubernetes-objects.ts";
import type { CommonOptions } from "../config.ts";
import { ConfigError } from "../model/errors.ts";
import { ClusterFeed } from "../resolve/cluster-feed.ts";

/** Without these no address has an owner. */
const KINDS_WITH_ADDRESSES = new Set(["Pod", "Service", "EndpointSlice", "Node"]);

export class ClusterInput {
  readonly nodeNames: ReadonlySet<string>;
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
    this.nodeNames = nodeNames([...this.#objects, ...events.map(({ object }) => object)]);
  }

  get isEmpty(): boolean {
    return this.#objects.length + this.#events.length === 0;
  }

  /** A feed of its own for each node: its news goes by that node's packet time. */
  feed(): ClusterFeed {
    return new ClusterFeed(this.#objects, this.#events, { preferLabels: this.#preferLabels });
  }

  /**
   * Refuses a node that the agents or the cluster do not have: its reports would be silently wrong.
   * `origin` says where the name comes from. Throws ConfigError.
   */
  checkNode(node: string, agents: ReadonlySet<string> | null, origin = "--node"): void {
    const said = `${origin} ${JSON.stringify(node)}`;
    if (this.#lacks(node))
      throw new ConfigError(`${said} is not in the cluster; its nodes are ${list(this.nodeNames)}`);
    if (agents !== null && !agents.has(node)) {
      throw new ConfigError(`${said} is not among --agents ${[...agents].join(",")}; add it there`);
    }
  }

  /** Refuses agents on nodes that the cluster does not have. Throws ConfigError. */
  checkAgents(agents: ReadonlySet<string> | null): void {
    for (const agent of agents ?? []) {
      if (!this.#lacks(agent)) continue;
      throw new ConfigError(
        `--agents ${JSON.stringify(agent)} is not in the cluster; its nodes are ${list(this.nodeNames)}`,
      );
    }
  }

  #lacks(node: string): boolean {
    return this.nodeNames.size > 0 && !this.nodeNames.has(node);
  }
}

function nodeNames(objects: readonly KubernetesObject[]): Set<string> {
  const names = objects.filter(({ kind }) => kind === "Node").map(({ metadata }) => metadata?.name);
  return new Set(names.filter((name) => name !== undefined));
}

function list(names: ReadonlySet<string>): string {
  const sorted = [...names].sort();
  return sorted.length <= 10 ? sorted.join(", ") : `${sorted.slice(0, 10).join(", ")} and ${sorted.length - 10} more`;
}
