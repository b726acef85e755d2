import { workloadKey } from "../cluster/cluster-plan.ts";
import type { Case, TrafficPlanner } from "./traffic-plan.ts";

/** Ways in which one pod reaches another. */
export function podToPod(planner: TrafficPlanner): Case[] {
  const prometheus = planner.clientOf("monitoring/prometheus");
  // A pod that dials its own address never leaves its namespace.
  const scraped = planner.cluster.pods.filter(
    (pod) => pod.slot >= 0 && pod.from === 0 && pod.to === 1 && pod.workload.port !== null && pod !== prometheus.pod,
  );
  const scrapes = planner.random.shuffled(scraped).slice(0, 8);
  const [db] = planner.podsOf("data/orders-db");
  const cart = planner.clientOf("shop/cart");
  const checkout = planner.clientOf("shop/checkout");
  return [
    ...scrapes.map((pod, i) => ({
      case: "pod address",
      client: prometheus,
      target: { type: "workload", key: workloadKey(pod.workload) } as const,
      address: i % 3 === 0 ? pod.address.v6 : pod.address.v4,
      port: pod.workload.port ?? 0,
    })),
    {
      case: "headless",
      client: cart,
      target: { type: "workload", key: "data/orders-db" },
      name: "orders-db.data.svc",
      port: 5432,
    },
    {
      case: "pod name with dashes",
      client: cart,
      target: { type: "workload", key: "data/orders-db" },
      name: `${db?.address.v4.replaceAll(".", "-")}.data.pod.cluster.local`,
      port: 5432,
    },
    {
      case: "hairpin",
      client: cart,
      target: { type: "workload", key: "shop/cart" },
      name: "cart",
      port: 7070,
      connections: 2,
    },
    {
      case: "hairpin over IPv6",
      client: cart,
      target: { type: "workload", key: "shop/cart" },
      name: "cart",
      port: 7070,
      family: 6,
    },
    {
      case: "hairpin, one of several",
      client: checkout,
      target: { type: "workload", key: "shop/checkout" },
      name: "checkout",
      port: 80,
      connections: 3,
    },
  ];
}

/** Ways in which a connection fails, or ends early, or comes again. */
export function failures(planner: TrafficPlanner): Case[] {
  const cart = { type: "workload", key: "shop/cart" } as const;
  const frontend = planner.clientOf("shop/frontend");
  const payments = { type: "workload", key: "shop/payments" } as const;
  const early = 0.4 + planner.random.next() * (planner.seconds - 7);
  return [
    { case: "refused by the pod", client: frontend, target: cart, name: "cart", port: 7998, outcome: "refused" },
    {
      case: "refused by the pod, IPv6",
      client: frontend,
      target: cart,
      name: "cart",
      port: 7998,
      family: 6,
      outcome: "refused",
    },
    {
      case: "dropped by the pod",
      client: frontend,
      at: early,
      target: cart,
      name: "cart",
      port: 7999,
      outcome: "timeout",
    },
    { case: "reset after it was established", client: frontend, target: payments, name: "payments", port: 50052 },
    {
      case: "one 5-tuple used twice",
      client: planner.clientOf("shop/catalog"),
      target: payments,
      address: planner.podsOf("shop/payments")[0]?.address.v4 ?? "",
      port: 50052,
      connections: 2,
      gapMs: 700,
      samePort: true,
    },
  ];
}

/** Lookups that no connection follows. */
export function lookups(planner: TrafficPlanner): Case[] {
  const catalog = planner.clientOf("shop/catalog");
  const payments = planner.clientOf("shop/payments");
  return [
    { case: "lookup only", client: catalog, target: null, name: "orders-db.data" },
    { case: "lookup only, external", client: catalog, target: null, name: "hooks.chat.example.org" },
    { case: "lookup, no such name", client: payments, target: null, name: "gone", outcome: "nxdomain" },
    {
      case: "lookup, no such name outside",
      client: payments,
      target: null,
      name: "nosuch.example.com",
      outcome: "nxdomain",
    },
  ];
}
