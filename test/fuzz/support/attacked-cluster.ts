import assert from "node:assert/strict";
import { deployed, pod, service, slice, threeNodes } from "../../support/cluster/cluster-objects.ts";
import { EVIL, WEB } from "./hostile-traffic.ts";

/** The Service that the pod `shop/web` dials, and its endpoint. */
export const VIP = "10.96.0.20";
export const ORDERS = "10.244.2.8";

const [set, orders] = deployed("shop/orders", { ip: ORDERS, node: "b" });
assert.ok(set && orders);

/** A cluster with the pod that attacks, and those that are attacked. */
export const OBJECTS = [
  ...threeNodes(),
  pod("shop/web", { ip: WEB }),
  pod("evil/evil", { ip: EVIL }),
  set,
  orders,
  service("shop/orders", { ip: VIP }),
  slice("shop/orders", 8080, [orders]),
];
