import type { ClusterFeed } from "../inventory/cluster-feed.ts";
import type { WatchProblemHandler } from "../kubernetes/client/cluster-watches.ts";
import type { WatchState } from "../kubernetes/client/watch-state.ts";
import type { NodeNames } from "./node-names.ts";

/** Callbacks for problems of a cluster source while it runs. */
export interface ClusterProblems {
  /** Invalid input that was ignored. */
  readonly input: (problem: string) => void;
  readonly watch: WatchProblemHandler;
  /** Called with the nodes of the cluster if they were not yet known when `start` resolved. */
  readonly nodes: (nodes: NodeNames) => void;
}

/** Where an agent gets the cluster from: the Kubernetes API, or files, or nothing. */
export interface ClusterSource {
  readonly feed: ClusterFeed;
  /** False if names come from DNS alone. */
  readonly hasCluster: boolean;
  /** Why there is no cluster, if the user may expect one; else null. */
  readonly noClusterReason: string | null;
  /** `host:port` of the watched API server; null without one. */
  readonly apiServer: string | null;
  /** Resolves when the first lists have arrived, after a time limit without them, or when stopping. */
  start(problems: ClusterProblems, stopping: AbortSignal): Promise<NodeNames>;
  /** Adds the updates since the last call to the feed. */
  applyUpdates(): void;
  /** What of the input could not be used so far, a sentence each. */
  problems(): readonly string[];
  /** States of the watches; null without an API server. */
  watches(): readonly WatchState[] | null;
  /** Counters of the log of events; null without one. */
  eventCounters(): Readonly<Record<string, number>> | null;
  /** Counters of the requests to the API server; null without one. */
  apiCounters(): Readonly<Record<string, number>> | null;
  close(): Promise<void>;
}
