import type { Target } from "./traffic-plan.ts";

export const workload = (key: string): Target => ({ type: "workload", key });
export const external = (name: string): Target => ({ type: "external", name });

/** One thing that a workload does again and again. */
export interface Route {
  readonly client: string;
  /** Spellings of the name that the program gives to the resolver; one is drawn each time. */
  readonly names: readonly string[];
  readonly port: number;
  readonly target: Target;
  /** How often, compared with the others. */
  readonly weight: number;
  /** Connections after one lookup. */
  readonly connections?: number;
}

/** What the shop does all day. */
export const ROUTES: readonly Route[] = [
  {
    client: "shop/frontend",
    names: ["catalog", "catalog.shop"],
    port: 80,
    target: workload("shop/catalog"),
    weight: 5,
    connections: 2,
  },
  { client: "shop/frontend", names: ["cart"], port: 7070, target: workload("shop/cart"), weight: 4, connections: 2 },
  { client: "shop/frontend", names: ["checkout"], port: 80, target: workload("shop/checkout"), weight: 3 },
  {
    client: "shop/frontend",
    names: ["recommendations"],
    port: 8080,
    target: workload("shop/recommendations"),
    weight: 3,
  },
  {
    client: "shop/frontend",
    names: ["images.cdn.example.net"],
    port: 443,
    target: external("images.cdn.example.net"),
    weight: 1,
    connections: 2,
  },
  {
    client: "shop/recommendations",
    names: ["catalog"],
    port: 80,
    target: workload("shop/catalog"),
    weight: 3,
    connections: 2,
  },
  { client: "shop/checkout", names: ["cart"], port: 7070, target: workload("shop/cart"), weight: 2 },
  {
    client: "shop/checkout",
    names: ["payments", "payments.shop.svc"],
    port: 50051,
    target: workload("shop/payments"),
    weight: 3,
  },
  {
    client: "shop/checkout",
    names: ["orders-db-0.orders-db.data"],
    port: 5432,
    target: workload("data/orders-db"),
    weight: 3,
    connections: 2,
  },
  {
    client: "shop/payments",
    names: ["api.payments.example.com"],
    port: 443,
    target: external("api.payments.example.com"),
    weight: 2,
    connections: 3,
  },
  {
    client: "shop/cart",
    names: ["cart-cache.data", "cart-cache.data.svc.cluster.local"],
    port: 6379,
    target: workload("data/cart-cache"),
    weight: 4,
    connections: 2,
  },
  {
    client: "shop/frontend",
    names: ["search", "search.shop"],
    port: 80,
    // Whichever answers.
    target: workload("shop/search-blue"),
    weight: 3,
    connections: 4,
  },
];
