import assert from "node:assert/strict";
import { test } from "node:test";
import { pod, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, lines } from "../support/cluster/watched-cluster.ts";

const server = pod("shop/server", { ip: "10.244.2.8", node: "b" });
const client = pod("shop/client", { ip: "10.244.3.5", node: "c" });
/** Sightings on node a, which has neither end: node c has no agent, node b has one. */
const cluster = { objects: [...threeNodes(), server, client], node: "a", agents: ["a", "b"] };

/** Lines of a connection that node a masquerades with this source. */
const throughNodeA = (lastFrom: string) =>
  lines(cluster, [
    connection({ at: 1, from: "10.244.3.5:40000", to: "10.244.2.8:80", lastFrom, lastTo: "10.244.2.8:80" }),
  ]);

test("C7: a connection in transit is reported by the node of the server", () => {
  assert.deepEqual(throughNodeA("10.244.3.5:40000"), []);
});

test("C7: the node that masquerades is the last that sees the client, and reports", () => {
  assert.deepEqual(throughNodeA("192.168.0.1:50000"), ["shop/client -> shop/server established"]);
});

test("C7: masquerading that changes only the port counts too", () => {
  assert.deepEqual(throughNodeA("10.244.3.5:50000"), ["shop/client -> shop/server established"]);
});
