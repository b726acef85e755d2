import assert from "node:assert/strict";
import { test } from "node:test";
import { pod, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, lines } from "../support/cluster/watched-cluster.ts";

const server = pod("shop/server", { ip: "10.244.2.8", node: "b" });
const client = pod("shop/client", { ip: "10.244.3.5", node: "c" });
/** Seen on node a, where neither end is: node c has no agent, node b has. */
const cluster = { objects: [...threeNodes(), server, client], node: "a", agents: ["a", "b"] };

/** Lines of a connection whose source a masquerade on node a changes to this. */
const throughNodeA = (lastFrom: string) =>
  lines(cluster, [
    connection({ at: 1, from: "10.244.3.5:40000", to: "10.244.2.8:80", lastFrom, lastTo: "10.244.2.8:80" }),
  ]);

test("C7: a connection that passes through is told at its end", () => {
  assert.deepEqual(throughNodeA("10.244.3.5:40000"), []);
});

test("C7: whoever masquerades is the last who knows the client, and tells", () => {
  assert.deepEqual(throughNodeA("192.168.0.1:50000"), ["shop/client -> shop/server established"]);
});

test("C7: a masquerade that changes the port alone is one, too", () => {
  assert.deepEqual(throughNodeA("10.244.3.5:50000"), ["shop/client -> shop/server established"]);
});
