/**
 * A graph has every interaction once, with all that it shows, and what a bound left out is counted: compared with sums that
 * are made anew, without the store. More histories as in caches.test.ts.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toGraphNode } from "../../src/graph/graph-nodes.ts";
import { EdgeStore } from "../../src/graph/store/edge-store.ts";
import { type Interaction, isFailure } from "../../src/model/interaction.ts";
import type { GraphEdge } from "../../src/model/service-graph.ts";
import { fuzzParameters, seeds } from "./support/fuzz-parameters.ts";
import { observe } from "./support/observed-run.ts";
import { randomHistory } from "./support/random-history.ts";

const MERGING = { keepNodes: false, singleUnresolved: true };
const NODES = ["a", null];

function interactionsOf(first: number, rest: readonly number[]): Interaction[] {
  const interactions: Interaction[] = [];
  const sink = (interaction: Interaction) => interactions.push(interaction);
  observe(randomHistory(first, rest), { nodes: NODES, aggregates: false, sink });
  return interactions;
}

function graphOf(interactions: readonly Interaction[], bounds = {}) {
  const store = new EdgeStore({ ...MERGING, ...bounds });
  for (const interaction of interactions) store.add(interaction);
  return { edges: store.graph().edges, drops: store.drops };
}

function edgeOf({ client, server }: Interaction): string {
  return `${toGraphNode(client, MERGING).id} > ${toGraphNode(server, MERGING).id}`;
}

/** What all interactions of an edge show, in any order. */
function plainSums(all: readonly Interaction[]) {
  const flows = groupBy(all, flowOf);
  return {
    outcomes: counts(all.map(({ outcome }) => outcome)),
    names: distinct(all.map(({ name }) => name)),
    dialledPorts: distinct(all.map(({ dialled }) => dialled?.port)),
    servedPorts: distinct(all.map(({ serverAddress }) => serverAddress?.port)),
    failedPorts: counts(all.filter((each) => each.dialled !== null && isFailure(each.outcome)).map(failedPortOf)),
    flows: Object.fromEntries([...flows].map(([flow, of]) => [flow, [of.length, of.filter(isFailed).length]])),
    reporters: distinct(all.map(({ reporter }) => `${reporter}`)),
    firstSeenMicros: Math.min(...all.map(({ timeMicros }) => timeMicros)),
    lastSeenMicros: Math.max(...all.map(({ timeMicros }) => timeMicros)),
  };
}

/** The same of an edge of the graph. */
function sumsOf(edge: GraphEdge): ReturnType<typeof plainSums> {
  return {
    outcomes: Object.fromEntries(Object.entries(edge.outcomes).filter(([, count]) => count > 0)),
    names: distinct(edge.names),
    dialledPorts: distinct(edge.dialledPorts),
    servedPorts: distinct(edge.servedPorts),
    failedPorts: Object.fromEntries(edge.failedPorts.map(({ port, outcome, count }) => [`${port} ${outcome}`, count])),
    flows: Object.fromEntries(
      edge.flows.map(({ dialledPort, servedPort, service, name, count, failed }) => [
        `${dialledPort} ${servedPort} ${service} ${name}`,
        [count, failed],
      ]),
    ),
    reporters: distinct(edge.parts.map(({ instance }) => (instance === "unknown" ? "null" : instance))),
    firstSeenMicros: edge.firstSeenMicros,
    lastSeenMicros: edge.lastSeenMicros,
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function flowOf({ dialled, serverAddress, dialledService, name }: Interaction): string {
  return `${dialled?.port ?? null} ${serverAddress?.port ?? null} ${dialledService} ${name}`;
}

function failedPortOf({ dialled, outcome }: Interaction): string {
  return `${dialled?.port} ${outcome}`;
}

function isFailed({ outcome }: Interaction): boolean {
  return isFailure(outcome);
}

function counts(texts: readonly string[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const text of texts) sums[text] = (sums[text] ?? 0) + 1;
  return sums;
}

function distinct<T>(values: readonly (T | null | undefined)[]): T[] {
  return [...new Set(values.filter((value) => value !== null && value !== undefined))].sort() as T[];
}

function interactionCount({ outcomes }: GraphEdge): number {
  return Object.values(outcomes).reduce((sum, count) => sum + count, 0);
}

test("each edge has the sums of its interactions", () => {
  fc.assert(
    fc.property(fc.nat(), seeds, (first, rest) => {
      const interactions = interactionsOf(first, rest);
      const { edges } = graphOf(interactions);
      const plain = [...groupBy(interactions, edgeOf)].map(([edge, all]) => [edge, plainSums(all)]);
      const found = edges.map((edge) => [`${edge.client} > ${edge.server}`, sumsOf(edge)]);
      assert.deepEqual(Object.fromEntries(found), Object.fromEntries(plain));
    }),
    fuzzParameters,
  );
});

test("with few edges and details, every interaction is in an edge or counted as dropped, and so is every flow", () => {
  fc.assert(
    fc.property(fc.nat(), seeds, fc.integer({ min: 1, max: 6 }), (first, rest, maxEdges) => {
      const interactions = interactionsOf(first, rest);
      const { edges, drops } = graphOf(interactions, { maxEdges, maxDetails: 2 * maxEdges });
      assert.ok(edges.length <= maxEdges);
      const shown = edges.reduce((sum, edge) => sum + interactionCount(edge), 0);
      assert.equal(shown + drops.interactions, interactions.length);
      const plain = groupBy(interactions, edgeOf);
      for (const edge of edges) {
        const ofFlows = edge.flows.reduce((sum, { count }) => sum + count, 0);
        assert.equal(ofFlows + edge.flowsOmitted, interactionCount(edge));
        const all = plainSums(plain.get(`${edge.client} > ${edge.server}`) ?? []);
        assert.deepEqual(
          edge.names.filter((name) => !all.names.includes(name)),
          [],
        );
      }
    }),
    fuzzParameters,
  );
});
