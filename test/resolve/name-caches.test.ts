import assert from "node:assert/strict";
import { test } from "node:test";
import { node, pod } from "../support/cluster/cluster-objects.ts";
import { connection, type Fact, lines, lookup } from "../support/cluster/watched-cluster.ts";

const WEB = "10.244.1.5";
const objects = [node("a", "192.168.0.1", "10.244.1.0/24"), pod("shop/web", { ip: WEB })];

/** Answers to that many addresses without a pod, each with the maximum of addresses. */
function answersWithoutPods(clients: number, answers: number): Fact[] {
  const facts: Fact[] = [];
  for (let client = 0; client < clients; client++) {
    for (let i = 0; i < answers; i++) {
      const to = Array.from({ length: 128 }, (_, n) => `203.${client}.${i}.${n}`);
      const from = `10.244.1.${100 + client}`;
      facts.push(lookup({ at: 2 + client * 0.1 + i * 0.001, from, name: `n${i}.example.com`, to }));
    }
  }
  return facts;
}

test("a sender with addresses of no pod evicts no name of a pod", () => {
  const facts = [
    lookup({ at: 1, from: WEB, name: "api.example.com", to: ["203.0.113.9"] }),
    ...answersWithoutPods(100, 31),
    connection({ at: 60, from: WEB, to: "203.0.113.9" }),
  ];
  const ofWeb = lines({ objects, node: "a" }, facts).filter((line) => line.startsWith("shop/web "));
  assert.deepEqual(ofWeb.at(-1), "shop/web -> external:api.example.com established api.example.com");
});
