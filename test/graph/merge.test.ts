import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { edgeOf, outcomeCounts } from "../../src/graph/edge-sums.ts";
import { mergeGraphs } from "../../src/graph/merge.ts";
import { ConfigError } from "../../src/model/errors.ts";
import { OUTCOMES } from "../../src/model/interaction.ts";
import type { EdgePart, ServiceGraph } from "../../src/model/service-graph.ts";
import { makeInteraction } from "../render/support/shop-graph.ts";
import { anyGraph, anyInteraction, graphOf, REPORTERS } from "./support/any-graph.ts";

describe("merging graphs", () => {
  it("does not depend on their order", () => {
    fc.assert(
      fc.property(anyGraph, anyGraph, (a, b) => {
        assert.deepEqual(mergeGraphs([a, b]), mergeGraphs([b, a]));
      }),
    );
  });

  it("does not depend on which are merged first", () => {
    fc.assert(
      fc.property(anyGraph, anyGraph, anyGraph, (a, b, c) => {
        const all = mergeGraphs([a, b, c]);
        assert.deepEqual(mergeGraphs([mergeGraphs([a, b]), c]), all);
        assert.deepEqual(mergeGraphs([a, mergeGraphs([b, c])]), all);
      }),
    );
  });

  it("does not change by merging one of them again", () => {
    fc.assert(
      fc.property(anyGraph, anyGraph, (a, b) => {
        assert.deepEqual(mergeGraphs([a, a]), a);
        const merged = mergeGraphs([a, b]);
        assert.deepEqual(mergeGraphs([merged, a]), merged);
        assert.deepEqual(mergeGraphs([b, merged, merged]), merged);
      }),
    );
  });

  it("adds up failures of an unknown kind, and takes the larger number of one instance", () => {
    const [withTwo, withFive, other] = [failing("a", 2), failing("a", 5), failing("b", 1)];
    assert.deepEqual(mergeGraphs([withTwo, withFive]), withFive);
    const [edge] = mergeGraphs([withTwo, other, withFive]).edges;
    assert.equal(edge?.outcomes.failed, 6);
    assert.equal(edge?.flowsOmitted, 6);
  });

  it("loses no part, no count and no time", () => {
    fc.assert(
      fc.property(anyGraph, anyGraph, (a, b) => {
        const merged = partsOf(mergeGraphs([a, b]));
        for (const [key, part] of partsOf(a)) {
          const larger = merged.get(key);
          assert.ok(larger !== undefined);
          for (const outcome of OUTCOMES) assert.ok(larger.outcomes[outcome] >= part.outcomes[outcome]);
          assert.ok(larger.firstSeenMicros <= part.firstSeenMicros && larger.lastSeenMicros >= part.lastSeenMicros);
          for (const list of ["names", "addresses", "dialledPorts", "clientRules", "evidence"] as const) {
            assert.deepEqual(
              (part[list] as readonly unknown[]).filter((each) => !(larger[list] as readonly unknown[]).includes(each)),
              [],
            );
          }
        }
      }),
    );
  });

  it("gives the later one of two states of one instance", () => {
    fc.assert(
      fc.property(fc.array(anyInteraction), fc.array(anyInteraction), (earlier, later) => {
        const first = graphOf(earlier, 0, 1_001);
        const second = graphOf([...earlier, ...later], 0, 1_002);
        assert.deepEqual(mergeGraphs([first, second]), second);
      }),
    );
  });

  it("gives the graph of all interactions, if each of them is in one of the graphs", () => {
    fc.assert(
      fc.property(fc.array(anyInteraction, { minLength: 1 }), (interactions) => {
        const graphs = REPORTERS.map((node) => graphOf(interactions.filter(({ reporter }) => reporter === node)));
        assert.deepEqual(mergeGraphs(graphs), graphOf(interactions));
      }),
    );
  });

  it("adds up what two runs on one node saw", () => {
    fc.assert(
      fc.property(fc.array(anyInteraction, { minLength: 1 }), (interactions) => {
        const merged = mergeGraphs([graphOf(interactions, 0), graphOf(interactions, 1)]);
        const once = graphOf(interactions);
        assert.deepEqual(
          merged.edges.map(({ outcomes, handshake }) => [outcomes, handshake]),
          once.edges.map(({ outcomes, handshake }) => [
            Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 2 * outcomes[outcome]])),
            handshake,
          ]),
        );
      }),
    );
  });

  it("keeps as many interactions in flows as in outcomes beyond the bounds, and says that addresses are omitted", () => {
    const client = { type: "external", name: "external" } as const;
    const server = { type: "external", name: "api.example.com" } as const;
    const graphs = [0, 1].map((start) =>
      graphOf(
        Array.from({ length: 80 }, (_, i) => {
          const clientAddress = { address: `198.51.${start}.${i}`, port: 1 };
          return makeInteraction({ client, server, clientAddress, name: `${start}-${i}`, reporter: "node-a" });
        }),
        start,
      ),
    );
    const [edge] = mergeGraphs(graphs).edges;
    assert.equal(edge?.flows.length, 100);
    assert.equal(edge.flowsOmitted, 60);
    assert.equal(edge.names.length, 100);
    assert.equal(edge.addresses.length, 100);
    // 160 clients; the address of the server of such a client is not kept.
    assert.equal(edge.addressesOmitted, 60);
  });

  it("takes the larger quantiles where no histogram is known", () => {
    const withQuantiles = (p50: number, instance: string): ServiceGraph => {
      const graph = graphOf([makeInteraction({ client: NODE, server: NODE, reporter: "node-a" })]);
      const handshake = { p50, p90: 10 - p50, p99: 9 };
      const edges = graph.edges.map(({ parts, ...edge }) => ({
        ...edge,
        handshake,
        parts: parts.map((part) => ({ ...part, instance, latency: null, handshake })),
      }));
      return { ...graph, edges };
    };
    for (const instance of ["a", "b"]) {
      const { edges } = mergeGraphs([withQuantiles(1, "a"), withQuantiles(2, instance)]);
      assert.deepEqual(edges[0]?.handshake, { p50: 2, p90: 9, p99: 9 });
    }
  });

  it("refuses graphs of different clusters, in one sentence", () => {
    const of = (cluster: string | null): ServiceGraph => ({ ...graphOf([]), cluster });
    assert.throws(() => mergeGraphs([of("west"), of(null), of("east")]), {
      name: ConfigError.name,
      message: "the graphs are of different clusters (east, west); merge graphs of one cluster only",
    });
    assert.equal(mergeGraphs([of(null), of("east")]).cluster, "east");
  });
});

const NODE = { type: "node", name: "node" } as const;

function partsOf({ edges }: ServiceGraph): Map<string, EdgePart> {
  return new Map(
    edges.flatMap(({ client, server, parts }) =>
      parts.map((part) => [`${client} ${server} ${part.instance}`, part] as const),
    ),
  );
}

const EXTERNAL = { type: "external", name: "api.example.com" } as const;

/** A graph of one edge, of which metrics count only failures. */
function failing(instance: string, failed: number): ServiceGraph {
  const graph = graphOf([makeInteraction({ client: EXTERNAL, server: EXTERNAL, outcome: "refused" })]);
  const edges = graph.edges.map(({ client, server, parts }) => {
    const outcomes = outcomeCounts(() => 0, failed);
    return edgeOf(
      client,
      server,
      parts.map((part) => ({ ...part, instance, outcomes, flows: [], flowsOmitted: failed })),
    );
  });
  return { ...graph, edges };
}
