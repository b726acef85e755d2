import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterHistory, clusterChanges, startsAt } from "./cluster/cluster-life.ts";
import { endpointsOf } from "./cluster/cluster-plan.ts";
import { seededRandom } from "./cluster/random.ts";
import { planShop } from "./cluster/shop.ts";
import { clusterDnsConfig } from "./network/cluster-dns.ts";
import { kubeProxyRules } from "./network/kube-proxy.ts";
import { planTraffic } from "./traffic/shop-traffic.ts";

const SECONDS = 12;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

const shop = (seed: number) => planShop(seed, "bridge", "host-gw");
const traffic = (seed: number) => planTraffic(shop(seed), SECONDS, "matrix", seededRandom(seed));

test("the same seed gives the same cluster and the same traffic, another seed another", () => {
  assert.deepEqual(shop(7), shop(7));
  assert.deepEqual(traffic(7), traffic(7));
  assert.notDeepEqual(shop(7), shop(8));
  assert.notDeepEqual(traffic(7), traffic(8));
});

test("no two pods hold one address at the same time", () => {
  for (const seed of SEEDS) {
    const pods = shop(seed).pods.filter(({ slot }) => slot >= 0);
    for (const a of pods) {
      const rivals = pods.filter((b) => b !== a && b.address.v4 === a.address.v4 && b.from < a.to && a.from < b.to);
      assert.deepEqual(rivals, [], `seed ${seed}: ${a.name}`);
    }
  }
});

test("one address changes its owner within a second, and the API update comes after the first packet of the new owner", () => {
  for (const seed of SEEDS) {
    const cluster = shop(seed);
    const changes = clusterChanges(cluster, SECONDS, seededRandom(seed));
    const [after] = cluster.pods.filter(({ workload }) => workload.name === "promotions");
    const [before] = cluster.pods.filter(({ workload }) => workload.name === "nightly-report");
    assert.ok(after && before);
    assert.equal(after.address.v4, before.address.v4);
    const firstPacket = startsAt(after, SECONDS);
    const at = (pod: typeof after, what: string) =>
      changes.find((one) => one.pod === pod && one.what === what)?.at ?? NaN;
    const planned = planTraffic(cluster, SECONDS, "matrix", seededRandom(seed));
    const packets = planned.filter(({ client }) => client.type === "pod" && client.pod === before);
    const lastPacket = Math.max(...packets.map(({ action }) => action.atMs / 1000));
    assert.ok(lastPacket < at(before, "ends") && at(before, "ends") < at(after, "created"));
    assert.ok(at(after, "created") < firstPacket && firstPacket < at(after, "known"));
    assert.ok(firstPacket - lastPacket < 1, `${firstPacket - lastPacket} s`);
    assert.ok(at(after, "known") - firstPacket < 2);
  }
});

test("the API has addresses of running pods only", () => {
  const cluster = shop(3);
  const history = new ClusterHistory(cluster, 1000);
  const addresses = () => {
    const pods = history.list().items.filter(({ kind }) => kind === "Pod");
    return new Map(pods.map((pod) => [pod.metadata.name, (pod.status as { podIP?: string }).podIP]));
  };
  for (const change of clusterChanges(cluster, SECONDS, seededRandom(3))) {
    history.apply(change, 1000 + change.at);
    if (change.what === "created") assert.equal(addresses().get(change.pod.name), undefined);
    if (change.what === "known") assert.equal(addresses().get(change.pod.name), change.pod.address.v4);
  }
});

test("kube-proxy's rules reject what has no endpoints and choose among those that there are", () => {
  const cluster = shop(5);
  const service = (name: string) => cluster.services.find((one) => one.name === name);
  const rules = kubeProxyRules(cluster, 0);
  assert.match(rules, new RegExp(`ip daddr ${service("legacy-inventory")?.clusterIp?.v4} tcp dport 80 reject`));
  const catalog = service("catalog");
  assert.ok(catalog);
  assert.equal(endpointsOf(cluster, catalog, 0).length, 2);
  assert.match(rules, /chain svc-shop-catalog-80-v4 \{\n {4}numgen random mod 2 vmap/);
  // A second checkout pod comes later.
  assert.match(rules, /chain svc-shop-checkout-80-v6 \{\n {4}numgen random mod 1 /);
  assert.match(kubeProxyRules(cluster, 0.5), /chain svc-shop-checkout-80-v6 \{\n {4}numgen random mod 2 /);
});

test("cluster DNS knows services, pods of a StatefulSet and pod addresses, and asks others upstream", () => {
  const cluster = shop(5);
  const config = clusterDnsConfig(cluster);
  const [db] = cluster.pods.filter(({ workload }) => workload.name === "orders-db");
  assert.ok(db);
  for (const name of ["orders-db", "orders-db-0.orders-db"]) {
    assert.ok(config.includes(`"${name}.data.svc.cluster.local. 30 IN A ${db.address.v4}"`), name);
  }
  assert.ok(config.includes(`${db.address.v4.replaceAll(".", "-")}.data.pod.cluster.local.`));
  assert.ok(config.includes(`forward-addr: ${cluster.outside.v4}`));
});
