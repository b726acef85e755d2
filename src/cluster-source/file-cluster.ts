import type { CommonOptions } from "../config.ts";
import type { ClusterFeed } from "../inventory/cluster-feed.ts";
import { ClusterFiles } from "./cluster-files.ts";
import type { ClusterProblems, ClusterSource } from "./cluster-source.ts";
import { EventsFollower } from "./events-follower.ts";
import type { NodeNames } from "./node-names.ts";

/** The cluster as files tell it: --cluster once, --events as it grows; nothing where neither is given. */
export class FileCluster implements ClusterSource {
  readonly feed: ClusterFeed;
  readonly hasCluster: boolean;
  readonly apiServer = null;
  readonly #input: ClusterFiles;
  readonly #events: EventsFollower | null;

  readonly noClusterReason: string | null;

  /** Throws ConfigError. */
  constructor(options: CommonOptions, noClusterReason: string | null) {
    this.noClusterReason = noClusterReason;
    this.#events = options.events === undefined ? null : new EventsFollower(options.events);
    this.#input = new ClusterFiles(options, this.#events?.readFirst() ?? []);
    this.feed = this.#input.feed();
    this.hasCluster = !this.#input.isEmpty;
  }

  async start(problems: ClusterProblems): Promise<NodeNames> {
    for (const problem of this.#input.invalidObjects.problems) problems.event(problem);
    if (this.#events !== null) {
      this.#events.onBadLine = (problem) => problems.event(`${problem}; it is left out`);
    }
    return this.#input.nodes;
  }

  applyUpdates(): void {
    const news = this.#events?.read() ?? [];
    if (news.length > 0) this.feed.add(news);
  }

  problems(): readonly string[] {
    return this.#input.invalidObjects.problems;
  }

  watches(): null {
    return null;
  }

  eventCounters(): Readonly<Record<string, number>> | null {
    return this.#events?.counters ?? null;
  }

  apiCounters(): null {
    return null;
  }

  async close(): Promise<void> {
    this.#events?.close();
  }
}
