import assert from "node:assert/strict";
import { test } from "node:test";
import { Direction } from "../../src/model/packet.ts";
import { pod, service, slice, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, lines, lookup, pipelineOf, type WatchedCluster } from "../support/cluster/watched-cluster.ts";

const WEB = "10.244.1.5";
const EVIL = "10.244.1.66";
const DNS_PORTS = [{ name: "dns", port: 53, protocol: "UDP" }];
const dns = pod("kube-system/coredns-x", { ip: "10.244.2.53", node: "b" });
const evil = pod("shop/evil", { ip: EVIL });
/** The attacker has a DNS Service of its own. */
const cluster: WatchedCluster = {
  objects: [
    ...threeNodes(),
    pod("shop/web", { ip: WEB }),
    evil,
    dns,
    service("kube-system/kube-dns", { ip: "10.96.0.10", ports: DNS_PORTS }),
    slice("kube-system/kube-dns", 53, [dns]),
    service("shop/evil-dns", { ip: "10.96.0.66", ports: DNS_PORTS }),
    slice("shop/evil-dns", 53, [evil]),
  ],
  node: "a",
};
const nothing: WatchedCluster = { objects: [], node: null };

/** Another pod queries the attacker; then the attacker answers `WEB`, which did not query it. */
function attack(resolver: string | null, rcode: number) {
  const to = rcode === 0 ? ["203.0.113.9"] : [];
  return [
    lookup({ at: 0.5, from: "10.244.1.67", resolver: EVIL, name: "y.example", to: ["203.0.113.1"] }),
    lookup({ at: 1, from: WEB, name: "api.example.com", to: ["203.0.113.9"] }),
    lookup({ at: 1.1, from: WEB, resolver, responder: EVIL, name: "evil.example.net", rcode, to }),
    connection({ at: 1.2, from: WEB, to: "203.0.113.9" }),
  ];
}

for (const [where, known] of [
  ["with a cluster", cluster],
  ["without one", nothing],
] as const) {
  for (const resolver of [null, "10.96.0.10", "10.244.2.53"]) {
    test(`an answer from another server than ${resolver ?? "any that was queried"} names no connection and is no failed lookup, ${where}`, () => {
      for (const rcode of [0, 2, 3]) {
        const seen = lines(known, attack(resolver, rcode)).filter((line) => !line.includes("y.example"));
        assert.equal(seen.length, 1, seen.join("; "));
        assert.match(seen[0] ?? "", /external:api\.example\.com established api\.example\.com$/);
      }
    });
  }
}

for (const [client, from] of [
  ["a pod", EVIL],
  ["an unlisted pod", "10.244.1.99"],
] as const) {
  test(`${client} that queries itself, directly or through its Service, names no connection of its node and fails no lookup of it`, () => {
    const [NODE, TARGET] = ["192.168.0.1", "203.0.113.9"];
    for (const resolver of [from, "10.96.0.66"]) {
      const options = { from, resolver, ...(resolver === from ? {} : { responder: from, isAsked: true }) };
      const facts = [
        lookup({ at: 1, ...options, name: "bank.example.com", to: [TARGET] }),
        lookup({ at: 1.1, ...options, name: "gone.example.com", rcode: 3 }),
        connection({ at: 2, from: NODE, to: TARGET, direction: Direction.outgoing }),
      ];
      const ofNode = lines(cluster, facts).filter((line) => line.startsWith("node:"));
      assert.deepEqual(ofNode, ["node:a -> external:external established"]);
    }
  });
}

test("an answer from an endpoint to a query to its Service is the answer of the Service", () => {
  const facts = [
    lookup({ at: 1, from: WEB, responder: "10.244.2.53", name: "api.example.com", to: ["203.0.113.9"] }),
    connection({ at: 1.2, from: WEB, to: "203.0.113.9" }),
  ];
  assert.deepEqual(lines(cluster, facts), ["shop/web -> external:api.example.com established api.example.com"]);
});

test("answers without a query are counted, of every type", () => {
  const pipeline = pipelineOf(nothing, () => assert.fail("an interaction is reported"));
  for (const resolver of [null, "10.96.0.10"]) {
    lookup({ at: 1, from: WEB, resolver, responder: EVIL, name: "a.example", to: ["203.0.113.9"] }).feed(pipeline);
  }
  pipeline.finish();
  assert.equal(pipeline.resolveCounters().ignored.unasked_answer, 2);
});
