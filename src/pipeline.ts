/**
 * The main process's half: facts → resolve → report → sink. Facts come as a stream of records, from the sensor process
 * or from the sensor in this process; the cluster's news comes through the feed. The page to read after sensor.ts.
 */
import type { FactHandlers } from "./facts/fact-reader.ts";
import { ExternalNames, type NamedCidr } from "./inventory/addresses/external-names.ts";
import type { ClusterFeed } from "./inventory/cluster-feed.ts";
import { ClusterNames } from "./lookups/cluster-names.ts";
import type { Connection } from "./model/connection.ts";
import type { Interaction } from "./model/interaction.ts";
import type { Lookup } from "./model/lookup.ts";
import { CLOCK_STEP_MICROS, OWNER_UPDATE_MICROS } from "./model/waiting-times.ts";
import { isReportedHere } from "./report/reporting-agent.ts";
import { Resolver } from "./resolve/resolver.ts";

export interface PipelineOptions {
  readonly feed: ClusterFeed;
  /** Node whose capture this is; null: none in particular, everything seen is told. */
  readonly node: string | null;
  /** Nodes with an agent; null: those with a pod of our DaemonSet, or all where the cluster shows none. */
  readonly agents: ReadonlySet<string> | null;
  readonly dnsPorts: readonly number[];
  readonly externalCidrs: readonly NamedCidr[];
  readonly clusterDomain: string;
  readonly isOwnTraffic?: (connection: Connection) => boolean;
}

export class Pipeline implements FactHandlers {
  readonly #feed: ClusterFeed;
  readonly #resolver: Resolver;
  #nowMicros = 0;
  /** What the sensor counted, as it last said; null until it has. */
  sensorCounters: unknown = null;

  /** `sink` gets every interaction that this node tells of, as soon as it is certain: not in order of time. */
  constructor(options: PipelineOptions, sink: (interaction: Interaction) => void) {
    const { feed, node } = options;
    this.#feed = feed;
    const reporter = { node, hasAgent: agentTest(options) };
    this.#resolver = new Resolver(
      {
        index: feed.index,
        names: new ClusterNames(options.clusterDomain),
        external: new ExternalNames(options.externalCidrs),
        node,
        dnsPorts: options.dnsPorts,
        isReported: (sight) => isReportedHere(sight, reporter),
        ...(options.isOwnTraffic === undefined ? {} : { isOwnTraffic: options.isOwnTraffic }),
      },
      sink,
    );
  }

  connection(connection: Connection): void {
    this.#resolver.connection(connection);
  }

  lookup(lookup: Lookup): void {
    this.#resolver.lookup(lookup);
  }

  /** Packet time has come to `micros`: the cluster's news up to then counts, and what waited for it is decided. */
  time(micros: number): void {
    // The clock was set back: what waits would wait until time comes round again.
    if (micros < this.#nowMicros - CLOCK_STEP_MICROS) this.#resolver.finish();
    this.#nowMicros = micros;
    this.#feed.advance(micros);
    this.#resolver.advance(micros);
  }

  counters(counters: unknown): void {
    this.sensorCounters = counters;
  }

  /** No more facts: decides all that waits. */
  finish(): void {
    // What happened to the cluster long after the last packet says nothing of it.
    this.#feed.advance(this.#nowMicros + OWNER_UPDATE_MICROS);
    this.#resolver.finish();
  }

  /** How far packet time has come. */
  get nowMicros(): number {
    return this.#nowMicros;
  }

  resolveCounters() {
    return this.#resolver.counters;
  }
}

/** Which other nodes have an agent: as said, else as the cluster shows it, else all. */
function agentTest({ agents, feed }: PipelineOptions): (name: string, timeMicros: number) => boolean {
  if (agents !== null) return (name) => agents.has(name);
  const shown = feed.index.agents;
  return (name, timeMicros) => shown.isEmpty || shown.has(name, timeMicros);
}
