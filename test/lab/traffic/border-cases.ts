import { CLOSED_EXTERNAL } from "../cluster/shop.ts";
import type { Case, TrafficPlanner } from "./traffic-plan.ts";

/** Ways through a node port, and to a pod from outside. */
export function nodePorts(planner: TrafficPlanner): Case[] {
  const port = planner.nodePortOf("shop/checkout");
  const target = { type: "workload", key: "shop/checkout" } as const;
  const outside = { type: "outside" } as const;
  const catalog = planner.clientOf("shop/catalog");
  const [pod] = planner.podsOf("shop/payments");
  const cases: Case[] = planner.cluster.nodes.flatMap((entry) => [
    { case: "node port from outside", client: outside, target, address: entry.address.v4, port, entry },
    { case: "node port from outside, IPv6", client: outside, target, address: entry.address.v6, port, entry },
    {
      case: entry === catalog.pod.node ? "node port of the own node" : "node port of another node",
      client: catalog,
      target,
      address: entry.address.v4,
      port,
    },
  ]);
  if (pod === undefined) return cases;
  const direct = {
    client: outside,
    target: { type: "workload", key: "shop/payments" },
    port: 50051,
    entry: pod.node,
  } as const;
  return [
    ...cases,
    { ...direct, case: "pod address from outside", address: pod.address.v4 },
    { ...direct, case: "pod address from outside, IPv6", address: pod.address.v6 },
  ];
}

/** Processes of the hosts, as clients and as servers. */
export function hosts(planner: TrafficPlanner): Case[] {
  const cases: Case[] = [];
  for (const pod of planner.podsOf("edge/ingress")) {
    const client = { type: "pod", pod } as const;
    // Not a workload that is probed: its own node's connections to it could be the kubelet's.
    const catalog = {
      client,
      target: { type: "workload", key: "shop/catalog" },
      name: "catalog.shop",
      port: 80,
    } as const;
    cases.push(
      { ...catalog, case: "host process to ClusterIP", connections: 2 },
      { ...catalog, case: "host process to ClusterIP, IPv6", family: 6 },
      {
        case: "host network server from outside",
        client: { type: "outside" },
        target: { type: "workload", key: "edge/ingress" },
        address: pod.address.v4,
        port: 8443,
        entry: pod.node,
      },
      {
        case: "API server from host",
        client,
        target: { type: "workload", key: "kube-system/kube-apiserver" },
        name: "kubernetes.default.svc.cluster.local",
        port: 443,
      },
    );
  }
  const [ingress] = planner.podsOf("edge/ingress").map((pod) => ({ type: "pod", pod }) as const);
  const [cart] = planner.podsOf("shop/cart");
  const recommendations = planner.clientOf("shop/recommendations");
  if (ingress === undefined || cart === undefined) return cases;
  const legacy = {
    target: { type: "service", key: "shop/legacy-inventory" },
    name: "legacy-inventory.shop",
    port: 80,
  } as const;
  cases.push(
    { ...legacy, case: "refused, no endpoints, host process", client: ingress, outcome: "refused" },
    {
      case: "host process to external",
      client: ingress,
      target: { type: "external", name: "api.payments.example.com" },
      name: "api.payments.example.com",
      port: 443,
    },
    {
      case: "host process to pod address",
      client: ingress,
      target: { type: "workload", key: "shop/cart" },
      address: cart.address.v4,
      port: 7070,
    },
    {
      case: "API server from pod",
      client: recommendations,
      target: { type: "workload", key: "kube-system/kube-apiserver" },
      name: "kubernetes.default.svc",
      port: 443,
      connections: 2,
    },
  );
  const exporters = planner.podsOf("monitoring/node-exporter");
  const prometheus = planner.clientOf("monitoring/prometheus");
  for (const { address, node } of exporters) {
    cases.push({
      case: node === prometheus.pod.node ? "host port of the own node" : "host port of another node",
      client: prometheus,
      target: { type: "workload", key: "monitoring/node-exporter" },
      address: address.v4,
      port: 9100,
    });
  }
  return cases;
}

/** Kinds of names outside the cluster. */
export function externals(planner: TrafficPlanner): Case[] {
  const recommendations = planner.clientOf("shop/recommendations");
  const catalog = planner.clientOf("shop/catalog");
  const to = (name: string) => ({ target: { type: "external", name }, name, port: 443 }) as const;
  return [
    { ...to("api.payments.example.com"), case: "external, chain of names", client: catalog },
    {
      ...to(CLOSED_EXTERNAL.name),
      case: "external, refused",
      client: planner.clientOf("shop/payments"),
      port: 8443,
      outcome: "refused",
    },
    { ...to("hooks.chat.example.org"), case: "external over IPv6", client: recommendations, family: 6 },
    { ...to("pool.feed.example.com"), case: "external, truncated answer", client: recommendations, connections: 2 },
    {
      ...to("ledger.partner.example.net"),
      case: "ExternalName",
      client: planner.clientOf("shop/payments"),
      name: "ledger",
    },
  ];
}
