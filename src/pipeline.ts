/**
 * The main process: facts → resolve → report → export. Facts come from a sensor as a stream of records, cluster updates
 * through the feed. Agent and replay give the source of the facts and the sinks. Read this file after sensor/sensor.ts.
 *
 *     for each node                                            once for a run
 *     FactReader ─ connection, lookup, time → Resolver ─ interaction → PairSelector ─┬ interaction → results
 *                                                                                    └ pair ───────→ exporter
 */
import type { FactHandlers } from "./facts/fact-reader.ts";
import { SpareFacts } from "./facts/spare-facts.ts";
import { ExternalNames, type NamedCidr } from "./inventory/addresses/external-names.ts";
import type { ClusterFeed } from "./inventory/cluster-feed.ts";
import { ClusterDomain } from "./lookups/cluster-domain.ts";
import type { Connection } from "./model/connection.ts";
import type { Interaction } from "./model/interaction.ts";
import type { Lookup, ResolverQuery } from "./model/lookup.ts";
import { CLOCK_STEP_MICROS, OWNER_UPDATE_MICROS } from "./model/waiting-times.ts";
import { type PairCounts, type PairRules, PairSelector, type ReportSinks } from "./report/pair-selector.ts";
import { isReportedHere } from "./report/reporting-agent.ts";
import type { ResolveCounters } from "./resolve/resolve-counters.ts";
import { type OwnTrafficFilter, Resolver } from "./resolve/resolver.ts";

export interface NodeOptions {
  readonly feed: ClusterFeed;
  /** Node that the packets were captured on; null: unknown, so everything observed is reported. */
  readonly node: string | null;
  /**
   * Nodes with an agent; null: those with a pod of wirespan's DaemonSet, or all nodes if the cluster shows no such pod.
   */
  readonly agents: ReadonlySet<string> | null;
  readonly dnsPorts: readonly number[];
  readonly externalCidrs: readonly NamedCidr[];
  readonly clusterDomain: string;
  readonly ownTraffic?: OwnTrafficFilter | null;
}

/** One run: facts of one or several nodes, with their interactions reported together. */
export class Pipeline {
  readonly #report: PairSelector;

  /** `sinks` take interactions and pairs as soon as they are certain: not in order of time. */
  constructor(rules: PairRules, sinks: ReportSinks) {
    this.#report = new PairSelector(rules, sinks);
  }

  get pairCounts(): PairCounts {
    return this.#report.counts;
  }

  node(options: NodeOptions): NodePipeline {
    return new NodePipeline(options, this.#report);
  }

  /** After all nodes have finished: makes the pairs that are held back. */
  finish(): void {
    this.#report.finish();
  }
}

/** The stage after resolve. */
interface Report {
  add(interaction: Interaction): void;
  resolver(query: ResolverQuery): void;
  /** Packet time has reached `micros`. */
  advance(micros: number): void;
}

/** The part of the pipeline that belongs to one node: facts → resolve. */
export class NodePipeline implements FactHandlers {
  readonly #feed: ClusterFeed;
  readonly #resolver: Resolver;
  readonly #report: Report;
  readonly spare = new SpareFacts();
  #nowMicros = 0;

  constructor(options: NodeOptions, report: Report) {
    const { feed, node, dnsPorts, ownTraffic = null } = options;
    const agent = { node, hasAgent: agentTest(options) };
    this.#feed = feed;
    this.#report = report;
    this.#resolver = new Resolver(
      {
        index: feed.index,
        domain: new ClusterDomain(options.clusterDomain),
        external: new ExternalNames(options.externalCidrs),
        node,
        dnsPorts,
        isReported: (sight) => isReportedHere(sight, agent),
        ownTraffic,
      },
      {
        interaction: (interaction) => report.add(interaction),
        resolver: (query) => report.resolver(query),
        usedConnection: (connection) => this.spare.connection(connection),
        usedLookup: (lookup) => this.spare.lookup(lookup),
      },
    );
  }

  connection(connection: Connection): void {
    this.#resolver.connection(connection);
  }

  lookup(lookup: Lookup): void {
    this.#resolver.lookup(lookup);
  }

  /**
   * Packet time has reached `micros`: applies cluster updates up to then, and resolves the facts that waited for it.
   */
  time(micros: number): void {
    // The clock was set back: what is pending would otherwise wait until packet time reaches it again.
    if (micros < this.#nowMicros - CLOCK_STEP_MICROS) this.finish();
    this.#nowMicros = micros;
    this.#feed.advance(micros);
    this.#resolver.advance(micros);
    this.#report.advance(micros);
  }

  /** Packets after the last packet time are missing: a sensor was lost, the clock was set, or the machine was suspended. */
  interrupt(): void {
    this.#resolver.interrupt();
  }

  /** The agent did not run from the last packet time to `untilMicros`: neither has it read cluster updates. */
  heldUp(untilMicros: number): void {
    this.#feed.index.updateLag.held(this.#nowMicros, untilMicros);
  }

  /** Counters of the sensor are no facts: the source that wants them handles them. */
  counters(): void {}

  /** After the last fact: resolves all pending facts. */
  finish(): void {
    // Cluster updates long after the last packet do not apply to it.
    this.#feed.advance(this.#nowMicros + OWNER_UPDATE_MICROS);
    this.#resolver.finish();
  }

  /** The last packet time. */
  get nowMicros(): number {
    return this.#nowMicros;
  }

  resolveCounters(): ResolveCounters {
    return this.#resolver.counters;
  }
}

/** Which nodes have an agent: those of --agents, else those that the cluster shows, else all. */
function agentTest({ agents, feed }: NodeOptions): (node: string, timeMicros: number) => boolean {
  if (agents !== null) return (node) => agents.has(node);
  const shown = feed.index.agents;
  return (node, timeMicros) => shown.isEmpty || shown.has(node, timeMicros);
}
