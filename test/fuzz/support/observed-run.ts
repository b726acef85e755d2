import { FactReader } from "../../../src/facts/fact-reader.ts";
import { FactWriter } from "../../../src/facts/fact-writer.ts";
import { EdgeStore } from "../../../src/graph/store/edge-store.ts";
import { ClusterFeed } from "../../../src/inventory/cluster-feed.ts";
import type { Interaction } from "../../../src/model/interaction.ts";
import { CollectedGraph } from "../../../src/output/collected-graph.ts";
import { Pipeline } from "../../../src/pipeline.ts";
import { RolloutProgress } from "../../../src/report/rollout-progress.ts";
import { micros } from "../../support/cluster/cluster-objects.ts";
import { writeConnection, writeLookup } from "./fact-bytes.ts";
import type { History } from "./random-history.ts";

export interface RunOptions {
  /** The nodes of recordings that are read one after the other; null: unknown. */
  readonly nodes: readonly (string | null)[];
  readonly aggregates: boolean;
  readonly sink?: (interaction: Interaction) => void;
  /** Wraps the run of each node. */
  readonly around?: (feed: ClusterFeed, run: () => void) => void;
}

/** Everything that comes out of a run, in its order. */
export interface Observed {
  readonly lines: readonly string[];
  readonly counters: unknown;
  readonly graphs: unknown;
  readonly rollout: unknown;
  /** Interactions whose fields changed after they were reported. */
  readonly changed: readonly string[];
}

const CIDRS = [{ cidr: "198.51.100.0/24", name: "office" }];

/** Runs a history as a replay does: the facts as a stream of bytes, all nodes into one graph. */
export function observe(history: History, { nodes, aggregates, sink, around }: RunOptions): Observed {
  const lines: string[] = [];
  const reported: { readonly interaction: Interaction; readonly line: string }[] = [];
  const rollout = new RolloutProgress();
  const graph = new CollectedGraph({ keepNodes: false, hasCluster: true });
  const full = new EdgeStore({ maxEdges: 4, maxDetails: 6, keepNodes: true });
  const pipeline = new Pipeline(
    { keepsInstrumented: false, maxPairsPerEdge: 2, aggregates },
    {
      interaction(interaction, isBothInstrumented) {
        sink?.(interaction);
        const line = lineOf(interaction);
        lines.push(`${line} ${isBothInstrumented}`);
        reported.push({ interaction, line });
        graph.add(interaction, isBothInstrumented);
        full.add(interaction, isBothInstrumented);
      },
      roles: (interaction, roles) => rollout.add(interaction, roles),
      pair: (interaction, count) => lines.push(`pair ${count} ${lineOf(interaction)}`),
      resolver(query) {
        lines.push(`resolver ${JSON.stringify(query)}`);
        graph.resolver(query);
      },
    },
  );
  const counters: unknown[] = nodes.map((node) => {
    const feed = new ClusterFeed(history.objects, [], { hasPacketClock: node === "a" });
    let counts: unknown;
    const run = () => {
      counts = runNode(history, pipeline, node, feed);
    };
    if (around === undefined) run();
    else around(feed, run);
    return counts;
  });
  pipeline.finish();
  return {
    lines,
    counters: [...counters, pipeline.pairCounts],
    graphs: [graph.graph([]), graph.evicted(), full.graph(), full.drops],
    rollout: rollout.counts,
    changed: reported.filter(({ interaction, line }) => lineOf(interaction) !== line).map(({ line }) => line),
  };
}

function runNode({ moments }: History, pipeline: Pipeline, node: string | null, feed: ClusterFeed): unknown {
  const options = { feed, node, agents: null, dnsPorts: [53], externalCidrs: CIDRS, clusterDomain: "cluster.local" };
  const handlers = pipeline.node(options);
  const reader = new FactReader(handlers);
  const writer = new FactWriter((batch) => reader.read(batch));
  for (const { at, events, facts, ownAddresses, ownRoutes, isDisconnected } of moments) {
    feed.add(events);
    if (isDisconnected !== null) feed.index.updateLag.isDisconnected = isDisconnected;
    if (ownAddresses !== null && node !== null) feed.index.setOwnAddresses(node, ownAddresses);
    if (ownRoutes !== null) feed.index.setOwnRoutes(ownRoutes);
    for (const fact of facts) {
      if (fact.type === "connection") writeConnection(writer, fact.connection);
      else writeLookup(writer, fact.lookup);
    }
    writer.time(micros(at));
    writer.flush();
  }
  handlers.finish();
  return { ...handlers.resolveCounters() };
}

function lineOf({ flow, ...interaction }: Interaction): string {
  return JSON.stringify(interaction);
}
