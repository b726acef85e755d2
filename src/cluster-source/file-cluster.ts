import type { CommonOptions } from "../config.ts";
import type { ClusterFeed } from "../inventory/cluster-feed.ts";
import { ClusterFiles } from "./cluster-files.ts";
import type { ClusterProblems, ClusterSource } from "./cluster-source.ts";
import { EventsFollower } from "./events-follower.ts";
import { InvalidObjects } from "./invalid-objects.ts";
import type { NodeNames } from "./node-names.ts";

/** The cluster from files: --cluster is read once, --events is followed. Empty without either. */
export class FileCluster implements ClusterSource {
  readonly feed: ClusterFeed;
  readonly hasCluster: boolean;
  readonly noClusterReason: string | null;
  readonly apiServer = null;
  readonly #files: ClusterFiles;
  readonly #follower: EventsFollower | null;
  readonly #invalidObjects = new InvalidObjects();

  /** Throws ConfigError. */
  constructor(options: CommonOptions, noClusterReason: string | null) {
    this.noClusterReason = noClusterReason;
    const { events } = options;
    this.#follower = events === undefined ? null : new EventsFollower(events, this.#invalidObjects);
    this.#files = new ClusterFiles(options, this.#follower?.readFirst() ?? [], this.#invalidObjects);
    this.feed = this.#files.feed();
    this.hasCluster = !this.#files.isEmpty;
  }

  async start(problems: ClusterProblems): Promise<NodeNames> {
    for (const problem of this.problems()) problems.input(problem);
    if (this.#follower !== null) this.#follower.onProblem = (problem) => problems.input(`${problem}; ignored`);
    return this.#files.nodes;
  }

  applyUpdates(): void {
    const events = this.#follower?.read() ?? [];
    if (events.length > 0) this.feed.add(events);
  }

  problems(): readonly string[] {
    return [...this.#invalidObjects.problems, ...(this.#follower?.problems ?? [])];
  }

  watches(): null {
    return null;
  }

  eventCounters(): Readonly<Record<string, number>> | null {
    return this.#follower?.counters ?? null;
  }

  apiCounters(): null {
    return null;
  }

  async close(): Promise<void> {
    this.#follower?.close();
  }
}
