import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nodeNamed } from "../../src/answers/named-node.ts";
import { call, graphOf, workload } from "./support/graphs.ts";

const graph = graphOf([
  call(workload("web", "shop"), workload("payments", "shop")),
  call(workload("web", "media"), workload("payments", "media")),
  call(workload("web", "shop"), { type: "external", name: "api.example.com" }),
  ...Array.from({ length: 10 }, (_, i) => call(workload("job", `team-${i}`), workload("queue", `team-${i}`))),
]);
const idOf = (name: string, ...namespaces: string[]) => nodeNamed(graph, name, new Set(namespaces)).id;

describe("a node by its name", () => {
  it("an ambiguous name lists its candidates", () => {
    assert.throws(() => idOf("payments"), {
      message: '"payments" is ambiguous; use one of workload/media/payments, workload/shop/payments',
    });
    assert.throws(() => idOf("queue"), /is ambiguous; use one of workload\/team-0\/queue, .*, and 2 more$/);
  });

  it("a namespace decides, and names of no namespace are found in any", () => {
    assert.equal(idOf("payments", "shop"), "workload/shop/payments");
    assert.equal(idOf("api.example.com", "shop"), "external//api.example.com");
    assert.throws(() => idOf("web", "shop", "media"), /"web" is ambiguous/);
  });

  it("a name with a namespace is taken as it is written", () => {
    assert.equal(idOf("media/payments", "shop"), "workload/media/payments");
  });

  it("a name of another namespace says where it is", () => {
    assert.throws(
      () => idOf("queue", "shop"),
      /the graph has no node "queue" in the namespace shop; there is workload\/team-0\/queue,/,
    );
    assert.throws(() => idOf("paymnts", "shop"), /no node "paymnts" in the namespace shop; did you mean /);
  });
});
