import type { ClusterFeed } from "../inventory/cluster-feed.ts";
import type { WatchProblemHandler } from "../kubernetes/client/cluster-watches.ts";
import type { WatchState } from "../kubernetes/client/watch-state.ts";
import type { NodeNames } from "./node-names.ts";

/** Hears what goes wrong on the way. */
export interface ClusterProblems {
  readonly event: (problem: string) => void;
  readonly watch: WatchProblemHandler;
  /** Nodes of a cluster that could not be waited for at the start, now that it is known. */
  readonly nodes: (nodes: NodeNames) => void;
}

/** Where a live agent knows the cluster from: the Kubernetes API, or files, or nothing. */
export interface ClusterSource {
  readonly feed: ClusterFeed;
  /** False where names are those of DNS only. */
  readonly hasCluster: boolean;
  /** Why there is no cluster, for who may have expected one; else null. */
  readonly noClusterReason: string | null;
  /** `host:port` of the API server that is watched; null where none is. */
  readonly apiServer: string | null;
  /** Resolves when as much is known as can be waited for, or when it is to stop. */
  start(problems: ClusterProblems, stopping: AbortSignal): Promise<NodeNames>;
  /** Hands the news that has come since to the feed. */
  applyUpdates(): void;
  /** What of it could not be used, a sentence each. */
  problems(): readonly string[];
  /** State of the watches of the API; null where there are none. */
  watches(): readonly WatchState[] | null;
  /** Counters of the log of events; null where there is none. */
  eventCounters(): Readonly<Record<string, number>> | null;
  /** What the watches have cost the API server; null where there are none. */
  apiCounters(): Readonly<Record<string, number>> | null;
  close(): Promise<void>;
}
