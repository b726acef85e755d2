import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Reach, reach } from "../../../src/answers/blast-radius/blast-radius.ts";
import { singlePoints } from "../../../src/answers/blast-radius/node-loss.ts";
import type { End } from "../../../src/model/interaction.ts";
import type { GraphNode, ServiceGraph } from "../../../src/model/service-graph.ts";
import type { Direction } from "../../../src/reach/failure-ways.ts";
import { described, description, service } from "../../access/support/described.ts";
import { call, graphOf, nodeOf, onlineBoutique } from "../support/graphs.ts";

function reachOf(
  graph: ServiceGraph,
  name: string,
  direction: Direction = "callers",
  maxDepth: number | null = null,
): Reach {
  return reach(graph, [nodeOf(graph, name)], { direction, maxDepth });
}

/** `1 cart`, `2 checkout frontend`: names by distance. */
function byDistance({ hits }: Reach): readonly string[] {
  const distances = [...new Set(hits.map(({ distance }) => distance))];
  return distances.map((distance) => {
    const names = hits.filter((hit) => hit.distance === distance).map(({ node }) => node.name);
    return `${distance} ${names.sort().join(" ")}`;
  });
}

describe("blast radius of Online Boutique", () => {
  const graph = onlineBoutique();
  const answers: readonly { name: string; callers: readonly string[] }[] = [
    // Only cart dials Redis; checkout and frontend dial cart; the load generator dials frontend.
    { name: "redis-cart", callers: ["1 cart", "2 checkout frontend", "3 loadgenerator"] },
    { name: "payment", callers: ["1 checkout", "2 frontend", "3 loadgenerator"] },
    // recommendation is a direct caller of the product catalog, and frontend reaches it without recommendation too.
    { name: "recommendation", callers: ["1 frontend", "2 loadgenerator"] },
    { name: "loadgenerator", callers: [] },
  ];
  for (const { name, callers } of answers) {
    it(`${name} is down: ${callers.join(", ") || "no caller"}`, () => {
      assert.deepEqual(byDistance(reachOf(graph, name)), callers);
    });
  }

  it("gives one shortest path each, in the direction of the calls", () => {
    const paths = reachOf(graph, "redis-cart").hits.map(({ path }) => path.map(({ name }) => name).join(" "));
    assert.deepEqual(paths, [
      "cart redis-cart",
      "checkout cart redis-cart",
      "frontend cart redis-cart",
      "loadgenerator frontend cart redis-cart",
    ]);
  });

  it("needs: what checkout needs, and what that needs", () => {
    assert.deepEqual(byDistance(reachOf(graph, "checkout", "needs")), [
      "1 cart currency email payment productcatalog shipping",
      "2 redis-cart",
    ]);
  });

  it("stops at the maximum depth", () => {
    assert.deepEqual(byDistance(reachOf(graph, "redis-cart", "callers", 2)), ["1 cart", "2 checkout frontend"]);
  });
});

describe("blast radius", () => {
  it("several targets: the path with the most connections, and the share of all of them", () => {
    const graph = graphOf([
      call("frontend", "ads"),
      ...Array.from({ length: 3 }, () => call("frontend", "cart")),
      call("frontend", "search"),
    ]);
    const { hits } = reach(graph, [nodeOf(graph, "ads"), nodeOf(graph, "cart")], {
      direction: "callers",
      maxDepth: null,
    });
    assert.deepEqual(
      hits.map(({ path, share }) => [path.map(({ name }) => name).join(" "), share]),
      [["frontend cart", 0.8]],
    );
  });

  it("lists an edge that only fails apart: its client, and the callers of that, are not newly affected", () => {
    const failed = call("checkout", "legacy-inventory", { outcome: "refused", errorType: "connection_refused" });
    const graph = graphOf([failed, failed, call("frontend", "checkout")]);
    const { hits, alreadyFailing } = reachOf(graph, "legacy-inventory");
    assert.deepEqual(hits, []);
    assert.deepEqual(
      alreadyFailing.map(({ client }) => client.name),
      ["checkout"],
    );
    assert.equal(alreadyFailing[0]?.edge.outcomes.refused, 2);
  });

  it("lists apart what is within the maximum depth, too", () => {
    const refused = { outcome: "refused", errorType: "connection_refused" } as const;
    const graph = graphOf([call("cart", "redis"), call("web", "cart", refused), call("cart", "db", refused)]);
    const clients = (maxDepth: number | null) =>
      reachOf(graph, "redis", "callers", maxDepth).alreadyFailing.map(({ client }) => client.name);
    assert.deepEqual([clients(1), clients(2), clients(null)], [[], ["web"], ["web"]]);
    assert.deepEqual(
      reachOf(graph, "cart", "needs", 1).alreadyFailing.map(({ server }) => server.name),
      ["db"],
    );
  });

  it("lists lookups without a connection apart", () => {
    const lookup = call("frontend", "cart", {
      evidence: "lookup",
      outcome: "resolved",
      dialled: null,
      serverAddress: null,
    });
    const { hits, lookupsOnly } = reachOf(graphOf([lookup]), "cart");
    assert.deepEqual(hits, []);
    assert.deepEqual(
      lookupsOnly.map(({ client }) => client.name),
      ["frontend"],
    );
  });

  it("gives the share of a direct caller's connections, and none for others", () => {
    const graph = graphOf([
      call("frontend", "cart"),
      call("frontend", "ad"),
      call("frontend", "ad"),
      call("frontend", "ad"),
      call("edge", "frontend"),
    ]);
    const { hits } = reachOf(graph, "cart");
    assert.deepEqual(
      hits.map(({ node, share }) => [node.name, share]),
      [
        ["frontend", 0.25],
        ["edge", null],
      ],
    );
  });

  it("gives shares of all connections of a caller, also of those that conditions leave out", () => {
    const old = { timeMicros: 1 };
    const graph = graphOf([call("frontend", "cart"), call("frontend", "ad", old), call("frontend", "ad", old)]);
    const recent = { ...graph, edges: graph.edges.filter(({ lastSeenMicros }) => lastSeenMicros > 1) };
    const options = { direction: "callers", maxDepth: null } as const;
    const { hits } = reach(recent, [nodeOf(graph, "cart")], { ...options, whole: graph });
    assert.deepEqual(
      hits.map(({ node, share }) => [node.name, share]),
      [["frontend", 1 / 3]],
    );
  });

  it("leads no path through a Kubernetes node or an unresolved end", () => {
    const node = { type: "node", name: "worker-1" } as const;
    const unresolved = { type: "unresolved", address: "10.9.9.9" } as const;
    const graph = graphOf([
      call(node, "cart"),
      call("frontend", node),
      call(unresolved, "cart"),
      call("edge", unresolved),
    ]);
    assert.deepEqual(byDistance(reachOf(graph, "cart")), ["1 node unresolved"]);
  });

  describe("a Service with several workloads, where no packet shows which one served", () => {
    const api: End = { type: "service", namespace: "shop", name: "api" };
    const graph = described(
      graphOf([call("web", api), call("mobile", "web"), call("blue", "db"), call("web", "green")]),
      {
        "service/shop/api": { service: service({ selector: { tier: "api" } }) },
        "workload/shop/blue": { workload: [description({ app: "blue", tier: "api" })] },
        "workload/shop/green": { workload: [description({ app: "green" }, { differingLabels: ["tier"] })] },
      },
    );

    it("counts as down with each of them", () => {
      for (const name of ["blue", "green"]) {
        const found = reachOf(graph, name);
        assert.deepEqual(byDistance(found), ["1 web", "2 mobile"]);
        assert.deepEqual(
          found.alike.map(({ id }) => id),
          ["service/shop/api"],
        );
      }
      const [web] = reachOf(graph, "blue").hits;
      assert.deepEqual(
        web?.path.map(({ id }) => id),
        ["workload/shop/web", "service/shop/api"],
      );
      assert.equal(web?.share, 0.5);
    });

    it("is affected with each of them, and so are its clients", () => {
      const found = reachOf(graph, "db");
      assert.deepEqual(byDistance(found), ["1 api blue", "2 web", "3 mobile"]);
      const path = found.hits.find(({ node }) => node.name === "mobile")?.path.map(({ name }) => name);
      assert.deepEqual(path, ["mobile", "web", "api", "blue", "db"]);
    });

    it("needs what each of them needs", () => {
      assert.deepEqual(byDistance(reachOf(graph, "mobile", "needs")), ["1 web", "2 api blue green", "3 db"]);
      assert.deepEqual(byDistance(reachOf(graph, "api", "needs")), ["1 db"]);
    });
  });

  it("counts as many dependents of a single point of failure as it hits", () => {
    const api: End = { type: "service", namespace: "shop", name: "api" };
    const outside: End = { type: "external", name: "office" };
    const ends = fc.oneof(
      fc.nat(6).map((n) => `w${n}`),
      fc.constantFrom<End>(api, outside, { type: "node", name: "a" }),
    );
    const behind = ["w0", "w1"].map((app): [string, Partial<GraphNode>] => [
      `workload/shop/${app}`,
      { workload: [description({ app, tier: "api" })] },
    ]);
    fc.assert(
      fc.property(fc.array(fc.tuple(ends, ends), { minLength: 1, maxLength: 20 }), (pairs) => {
        const graph = described(graphOf(pairs.map(([a, b]) => call(a, b))), {
          "service/shop/api": { service: service({ selector: { tier: "api" } }) },
          ...Object.fromEntries(behind),
        });
        for (const { node, dependents } of singlePoints(graph, null))
          assert.equal(dependents, reach(graph, [node], { direction: "callers", maxDepth: null }).hits.length, node.id);
      }),
    );
  });

  it("finds clients of a Service whose edges end at the workload that served, and of no other Service of it", () => {
    const dialled = (client: string, name: string) => call(client, "cart", { dialledService: `shop/${name}` });
    const graph = described(graphOf([dialled("web", "cart"), dialled("batch", "cart-admin"), call("cart", "redis")]), {
      "service/shop/cart": { service: service({ selector: { app: "cart" } }) },
    });
    const target = graph.nodes.filter(({ id }) => id === "service/shop/cart");
    const found = (direction: Direction): readonly string[] =>
      byDistance(reach(graph, target, { direction, maxDepth: null }));
    assert.deepEqual(found("callers"), ["1 web"]);
    assert.deepEqual(found("needs"), ["1 redis"]);
  });

  it("says through whom a failure is visible outside", () => {
    const graph = graphOf([call({ type: "external", name: "office" }, "frontend"), call("frontend", "cart")]);
    const { hits, outside } = reachOf(graph, "cart");
    assert.deepEqual(
      hits.map(({ node }) => node.name),
      ["frontend"],
    );
    assert.deepEqual(
      outside.map(({ client, server }) => [client.name, server.name]),
      [["office", "frontend"]],
    );
  });

  it("prints a loop through the target in the direction of the calls", () => {
    const graph = graphOf([call("orders", "ledger"), call("ledger", "audit"), call("audit", "orders")]);
    const loops = reachOf(graph, "ledger").loops.map((loop) => loop.map(({ name }) => name));
    assert.deepEqual(loops, [["ledger", "audit", "orders", "ledger"]]);
  });

  it("ends for a hub of 300 callers that call one another in a circle", () => {
    const names = Array.from({ length: 300 }, (_, i) => `caller-${i}`);
    const circle = names.map((name, i) => call(name, names[(i + 1) % names.length] ?? ""));
    const graph = graphOf([...names.map((name) => call(name, "hub")), ...circle]);
    assert.deepEqual(new Set(reachOf(graph, "hub").hits.map(({ distance }) => distance)), new Set([1]));
    assert.equal(reachOf(graph, "hub").hits.length, 300);
  });

  const edges = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { minLength: 1, maxLength: 40 });

  it("contains the radius of every caller that is not the target", () => {
    fc.assert(
      fc.property(edges, (pairs) => {
        const graph = graphOf(pairs.map(([a, b]) => call(`w${a}`, `w${b}`)));
        for (const target of graph.nodes) {
          const { hits } = reach(graph, [target], { direction: "callers", maxDepth: null });
          const reached = new Set([target.id, ...hits.map(({ node }) => node.id)]);
          for (const { node } of hits) {
            const further = reach(graph, [node], { direction: "callers", maxDepth: null }).hits;
            assert.ok(further.every((hit) => reached.has(hit.node.id)));
          }
        }
      }),
    );
  });

  it("is symmetric: A is hit by B exactly if A needs B", () => {
    fc.assert(
      fc.property(edges, (pairs) => {
        const graph = graphOf(pairs.map(([a, b]) => call(`w${a}`, `w${b}`)));
        const pairsOf = (direction: Direction): readonly string[] =>
          graph.nodes
            .flatMap((target) =>
              reach(graph, [target], { direction, maxDepth: null }).hits.map(({ node }) =>
                direction === "callers" ? `${node.id} ${target.id}` : `${target.id} ${node.id}`,
              ),
            )
            .sort();
        assert.deepEqual(pairsOf("callers"), pairsOf("needs"));
      }),
    );
  });
});
