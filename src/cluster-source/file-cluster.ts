import type { CommonOptions } from "../config.ts";
import type { ClusterFeed } from "../inventory/cluster-feed.ts";
import type { AgentCluster, ClusterProblems } from "./agent-cluster.ts";
import { ClusterInput } from "./cluster-input.ts";
import { EventsFollower } from "./events-follower.ts";
import type { NodeNames } from "./node-names.ts";

/** The cluster as files tell it: --cluster once, --events as it grows; nothing where neither is given. */
export class FileCluster implements AgentCluster {
  readonly feed: ClusterFeed;
  readonly hasCluster: boolean;
  readonly apiServer = null;
  readonly #input: ClusterInput;
  readonly #events: EventsFollower | null;

  readonly whyNone: string | null;

  /** Throws ConfigError. */
  constructor(options: CommonOptions, whyNone: string | null) {
    this.whyNone = whyNone;
    this.#events = options.events === undefined ? null : new EventsFollower(options.events);
    this.#input = new ClusterInput(options, this.#events?.readFirst() ?? []);
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
