import assert from "node:assert/strict";
import { test } from "node:test";
import { Direction } from "../../src/model/packet.ts";
import { added, deleted, modified, pod, service, slice, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, lines, lookup } from "../support/cluster/watched-cluster.ts";

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

test("N7: what the kubelet probes while a pod ends is no edge, even if another pod has the address by then", () => {
  const containers = [{ name: "main", readinessProbe: { tcpSocket: { port: 8080 } } }];
  const ip = "10.244.1.5";
  const web = pod("shop/web", { ip, containers });
  const ended = pod("shop/web", { ip, containers, phase: "Succeeded", startedSeconds: -90, finishedSeconds: 10 });
  const next = pod("shop/next", { ip, containers, createdSeconds: 11 });
  const events = [added(0, web), modified(10.5, ended), deleted(12, ended), added(12.2, next)];
  const dial = (at: number, port: number) =>
    connection({ at, from: "192.168.0.1", to: `${ip}:${port}`, outcome: "refused", direction: Direction.outgoing });
  const watched = { objects: threeNodes(), events, node: "a" };
  assert.deepEqual(
    lines(
      watched,
      [10.4, 10.8, 11.5, 12.1, 13].map((at) => dial(at, 8080)),
    ),
    [],
  );
  // Another port is another process of the node.
  assert.deepEqual(lines(watched, [dial(10.8, 9090)]), ["node:a -> shop/web refused"]);
});

test("N6: a host process that dials a node port elsewhere has dialed no name, though its own node has the endpoint", () => {
  const web = pod("shop/web", { ip: "10.244.1.5", node: "a" });
  const objects = [...threeNodes(), web, service("shop/web", { ip: "10.96.0.30" }), slice("shop/web", 8080, [web])];
  const name = "web.shop.svc.cluster.local";
  const direction = Direction.outgoing;
  const dial = (at: number, to: string, lastFrom = "192.168.0.1:46000") =>
    connection({ at, from: "192.168.0.1:46000", to, lastFrom, lastTo: "10.244.1.5:8080", direction });
  assert.deepEqual(
    lines({ objects, node: "a", agents: ["a", "b"] }, [
      lookup({ at: 1, from: "192.168.0.1", name, to: ["10.96.0.30"] }),
      // The ClusterIP is translated before any interface shows it.
      dial(1.1, "10.244.1.5:8080"),
      // The other node masquerades, and sends it back.
      dial(2, "192.168.0.2:30080", "192.168.0.2:50000"),
    ]),
    [`node:a -> shop/web established ${name}`, "node:a -> shop/web established"],
  );
});

test("a pod that sends on the SYN that it got, with other addresses, stays the server: nothing translates a pod's address", () => {
  const [web, evil, ledger] = ["10.244.1.5", "10.244.1.66", "10.244.2.8"];
  const cluster = {
    objects: [
      ...threeNodes(),
      pod("shop/web", { ip: web }),
      pod("evil/evil", { ip: evil }),
      pod("shop/ledger", { ip: ledger, node: "b" }),
      service("shop/ledger", { ip: "10.96.0.8" }),
    ],
    node: "a",
  };
  for (const lastFrom of [web, evil]) {
    const facts = [
      connection({ at: 1, from: web, to: evil, lastFrom, lastTo: ledger }),
      connection({ at: 2, from: web, to: "10.96.0.8", lastTo: ledger }),
    ];
    assert.deepEqual(lines(cluster, facts), [
      "shop/web -> evil/evil established",
      "shop/web -> shop/ledger established",
    ]);
  }
});
