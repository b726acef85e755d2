import type { Choice } from "./choice.ts";
import { POD_ADDRESSES, SECONDARY_ADDRESSES } from "./random-pods.ts";

/** Of several Services. */
export const SHARED_ADDRESS = "172.18.255.1";

const PODS = Object.values(POD_ADDRESSES).flat();
const NODES = ["192.168.0.1", "192.168.0.2"];
const OUTSIDE = ["203.0.113.5", "198.51.100.7", "10.200.0.9"];
/** In pod ranges, of no pod that is ever listed; of a node-local DNS cache. */
const UNLISTED = ["10.244.1.1", "10.244.1.99", "10.244.2.99", "169.254.20.10"];
const WEB = "10.96.0.30";
const SERVICES = [WEB, WEB, "10.96.0.31", "10.96.0.32", "10.96.0.33", "10.96.0.34", "10.96.0.1", SHARED_ADDRESS];

/** The values that the facts of one history have: so few that facts meet those of before. */
export interface Scene {
  readonly clients: readonly string[];
  /** Dialed addresses. */
  readonly servers: readonly string[];
  /** Addresses behind NAT. */
  readonly served: readonly string[];
  readonly ports: readonly number[];
  readonly names: readonly string[];
  readonly chains: readonly (readonly string[])[];
  readonly resolvers: readonly string[];
}

export function randomScene(choice: Choice): Scene {
  const few = <T>(count: number, items: readonly T[]): T[] => Array.from({ length: count }, () => choice.of(items));
  return {
    clients: [
      choice.of(POD_ADDRESSES.a),
      ...few(2, [...PODS, ...PODS, ...NODES, ...UNLISTED, ...OUTSIDE, ...SECONDARY_ADDRESSES, WEB]),
    ],
    servers: few(4, [...PODS, ...SERVICES, ...SERVICES, ...NODES, ...OUTSIDE, ...UNLISTED]),
    served: few(3, [...PODS, ...PODS, ...NODES, ...OUTSIDE, ...SECONDARY_ADDRESSES]),
    ports: [80, ...few(2, [80, 8080, 5432, 30_080, 30_081, 8443, 443, 6443, 4317, 53])],
    names: few(3, [
      "web.shop.svc.cluster.local",
      "web.shop.shop.svc.cluster.local",
      "web.shop",
      "web",
      "db.shop.svc.cluster.local",
      "db-0.db.shop.svc.cluster.local",
      "gone.shop.svc.cluster.local",
      "gone.svc.cluster.local",
      "gone",
      "api.shop.svc.cluster.local",
      "api.example.com",
      "api.example.com.shop.svc.cluster.local",
      "api.example.com.corp.example",
      "kubernetes.default.svc.cluster.local",
    ]),
    chains: few(2, [[], [], ["edge.example.net"], ["web.shop.svc.cluster.local"], ["a.example.net", "b.example.net"]]),
    resolvers: few(2, ["10.96.0.10", "10.96.0.10", "10.244.2.3", "169.254.20.10", "192.168.0.1", "203.0.113.5"]),
  };
}
