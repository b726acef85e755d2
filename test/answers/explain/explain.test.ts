import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explain } from "../../../src/answers/explain/explain.ts";
import { explainJson } from "../../../src/answers/explain/explain-json.ts";
import { explainText } from "../../../src/answers/explain/explain-text.ts";
import { nodeNamed } from "../../../src/answers/named-node.ts";
import { ConfigError } from "../../../src/model/errors.ts";
import { described, description } from "../../access/support/described.ts";
import { call, graphOf, nodeOf } from "../support/graphs.ts";

describe("explanation of an edge", () => {
  it("gives figures, ends, and what is not known", () => {
    const graph = graphOf([
      call("frontend", "cart"),
      call("frontend", "cart", { outcome: "refused", errorType: "connection_refused" }),
    ]);
    const text = explainText(explain(graph, nodeOf(graph, "frontend"), nodeOf(graph, "cart")));
    assert.match(text, /^shop\/frontend → shop\/cart$/m);
    assert.match(text, /^ {2}2 connections$/m);
    assert.match(text, /^ {2}failed: 1 refused$/m);
    assert.match(text, /^not known$/m);
  });

  it("says that an edge was not observed, and that the reverse was", () => {
    const graph = graphOf([call("frontend", "cart")]);
    const text = explainText(explain(graph, nodeOf(graph, "cart"), nodeOf(graph, "frontend")));
    assert.match(
      text,
      /^no connection or lookup was observed from shop\/cart to shop\/frontend; the reverse, shop\/frontend → shop\/cart, was observed$/m,
    );
  });

  it("says where connections through a Service end", () => {
    const cart = { type: "service", namespace: "shop", name: "cart-api" } as const;
    const graph = graphOf([call("frontend", "cart", { dialledService: "shop/cart-api" }), call("batch", cart)]);
    const explanation = explain(graph, nodeOf(graph, "frontend"), nodeOf(graph, "cart-api"));
    assert.deepEqual(JSON.parse(explainJson(explanation)).behind, ["workload/shop/cart"]);
    assert.match(
      explainText(explanation),
      /^connections through this Service end at shop\/cart; see wirespan explain workload\/shop\/frontend workload\/shop\/cart$/m,
    );
  });

  it("says that a Service that refuses may have no pods", () => {
    const cart = { type: "service", namespace: "shop", name: "cart-api" } as const;
    const hint = /kubectl -n shop get endpointslices -l kubernetes\.io\/service-name=cart-api/;
    for (const [outcome, errorType] of [
      ["refused", "connection_refused"],
      ["timed_out", "timed_out"],
      ["established", null],
    ] as const) {
      const graph = graphOf([call("frontend", cart, { outcome, errorType })]);
      const text = explainText(explain(graph, nodeOf(graph, "frontend"), nodeOf(graph, "cart-api")));
      assert.equal(hint.test(text), outcome !== "established", outcome);
    }
  });

  it("says what a workload's name is from", () => {
    const graph = described(graphOf([call("frontend", "cart")]), {
      "workload/shop/cart": { workload: [description({ app: "cart" }, { namedBy: ["OTEL_SERVICE_NAME"] })] },
    });
    const text = explainText(explain(graph, nodeOf(graph, "frontend"), nodeOf(graph, "cart")));
    assert.match(text, /^ {4}its name is from the owner of its pods$/m);
    assert.match(text, /^ {4}its name is from OTEL_SERVICE_NAME of its pods$/m);
  });

  it("says that which process of a node connected is unknown", () => {
    const graph = graphOf([call({ type: "node", name: "worker-1" }, "cart")]);
    assert.match(
      explainText(explain(graph, nodeOf(graph, "node"), nodeOf(graph, "cart"))),
      /which process of the node/,
    );
  });
});

describe("name of a node", () => {
  const graph = graphOf([
    call("frontend", "cart"),
    call("frontend", {
      type: "workload",
      namespace: "data",
      name: "cart",
      kind: "StatefulSet",
      serviceName: "cart",
      serviceNamespace: "data",
      ownSpans: "unsaid",
    }),
  ]);
  for (const name of ["shop/cart", "workload/shop/cart"]) {
    it(`finds ${name}`, () => assert.equal(nodeNamed(graph, name).id, "workload/shop/cart"));
  }

  it("lists the candidates of an ambiguous name", () => {
    assert.throws(
      () => nodeNamed(graph, "cart"),
      new ConfigError('"cart" is ambiguous; use one of workload/data/cart, workload/shop/cart'),
    );
  });

  it("prefers a node with edges to a Service of the same name without", () => {
    const service = {
      id: "service/shop/frontend",
      type: "service",
      namespace: "shop",
      name: "frontend",
      kind: null,
    } as const;
    const both = { ...graph, nodes: [service, ...graph.nodes] };
    assert.equal(nodeNamed(both, "shop/frontend").id, "workload/shop/frontend");
  });

  it("lists similar names for an unknown one", () => {
    assert.throws(
      () => nodeNamed(graph, "frontned"),
      new ConfigError('the graph has no node "frontned"; did you mean shop/frontend?'),
    );
  });
});
