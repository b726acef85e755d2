import { endsAt, startsAt } from "../cluster/cluster-life.ts";
import type { LabCluster } from "../cluster/cluster-plan.ts";
import type { Random } from "../cluster/random.ts";
import { SILENT_EXTERNAL } from "../cluster/shop.ts";
import { addRareCases } from "./rare-cases.ts";
import { external, ROUTES, type Route, workload } from "./shop-routes.ts";
import { type PlannedAction, TrafficPlanner } from "./traffic-plan.ts";

/** `demo` is the shop's own traffic; `matrix` adds everything else that a node can see. */
export type TrafficProfile = "demo" | "matrix";

/** How many lookups with their connections a second. */
const PACE = { demo: 2.6, matrix: 7 } as const;

/** Plans a run's traffic: same seed, same plan. */
export function planTraffic(
  cluster: LabCluster,
  seconds: number,
  profile: TrafficProfile,
  random: Random,
): readonly PlannedAction[] {
  const planner = new TrafficPlanner(cluster, seconds, random);
  addFailures(planner);
  addVisitors(planner, profile === "demo" ? 8 : 12);
  addReusedAddress(planner);
  addLateFirstPackets(planner);
  addProbes(planner);
  const draw = ROUTES.flatMap((route) => Array.from({ length: route.weight }, () => route));
  for (let i = 0; i < seconds * PACE[profile]; i++) addRoute(planner, ROUTES[i] ?? random.pick(draw), profile);
  if (profile === "matrix") addRareCases(planner);
  return planner.actions;
}

function addRoute(planner: TrafficPlanner, route: Route, profile: TrafficProfile): void {
  const client = planner.clientOf(route.client);
  const isInCluster = route.target?.type === "workload";
  const family = profile === "matrix" && isInCluster && planner.random.next() < 0.2 ? 6 : 0;
  planner.add({
    case: family === 6 ? "shop over IPv6" : "shop",
    client,
    at: planner.momentOf(client.pod),
    target: route.target,
    name: planner.random.pick(route.names),
    port: route.port,
    family,
    connections: route.connections ?? 1,
  });
}

/** The dependencies that fail, early enough for their SYNs to be repeated until the program gives up. */
function addFailures(planner: TrafficPlanner): void {
  const service = { type: "service", key: "shop/legacy-inventory" } as const;
  for (const client of planner.podsOf("shop/checkout").map((pod) => ({ type: "pod", pod }) as const)) {
    for (let i = 0; i < 2; i++) {
      const at = planner.momentOf(client.pod);
      const dial = { client, at, target: service, name: "legacy-inventory", port: 80, outcome: "refused" } as const;
      planner.add({ ...dial, case: "refused, no endpoints", connections: 2 });
    }
  }
  const payments = planner.clientOf("shop/payments");
  for (let i = 0; i < 2; i++) {
    const at = 0.4 + planner.random.next() * (planner.seconds - 7);
    const target = external(SILENT_EXTERNAL.name);
    planner.add({
      case: "external, silent",
      client: payments,
      at,
      target,
      name: SILENT_EXTERNAL.name,
      port: 443,
      outcome: "timeout",
    });
  }
}

/** Visitors come through the node port of any node. */
function addVisitors(planner: TrafficPlanner, count: number): void {
  for (let i = 0; i < count; i++) {
    const entry = planner.random.pick(planner.cluster.nodes);
    planner.add({
      case: "node port from outside",
      client: { type: "outside" },
      at: 0.3 + planner.random.next() * (planner.seconds - 1),
      target: workload("shop/frontend"),
      address: entry.address.v4,
      port: planner.nodePortOf("shop/frontend"),
      entry,
    });
  }
}

/** The nightly report ends; the next pod gets its address before the second is over. */
function addReusedAddress(planner: TrafficPlanner): void {
  const [before] = planner.podsOf("shop/nightly-report");
  const [after] = planner.podsOf("shop/promotions");
  if (before === undefined || after === undefined) throw new Error("the plan has no address that is used again");
  const last = endsAt(before, planner.seconds) - 0.15;
  const first = startsAt(after, planner.seconds);
  const report = {
    client: { type: "pod", pod: before },
    target: workload("data/orders-db"),
    name: "orders-db.data",
    port: 5432,
  } as const;
  planner.add({ ...report, case: "address reuse, before", at: planner.momentOf(before, 1.5), connections: 2 });
  const hook = {
    target: external("hooks.chat.example.org"),
    name: "hooks.chat.example.org",
    port: 443,
    family: 4,
  } as const;
  planner.add({ ...report, ...hook, case: "address reuse, before", at: last - 0.4 });
  planner.add({ ...report, case: "address reuse, last moment", at: last });
  const promotion = {
    client: { type: "pod", pod: after },
    target: workload("shop/catalog"),
    name: "catalog",
    port: 80,
  } as const;
  planner.add({ ...promotion, case: "address reuse, first moment", at: first });
  planner.add({ ...promotion, case: "address reuse, after", at: planner.momentOf(after), connections: 2 });
}

/** Late pods dial immediately, before the API has their address. */
function addLateFirstPackets(planner: TrafficPlanner): void {
  const [, late] = planner.podsOf("shop/recommendations");
  const [, checkout] = planner.podsOf("shop/checkout");
  if (late === undefined || checkout === undefined) throw new Error("the plan has no pods that come later");
  const base = { case: "address not yet known", connections: 2, gapMs: 60 };
  for (const delay of [0, 0.25]) {
    const lateAt = startsAt(late, planner.seconds) + delay;
    planner.add({
      ...base,
      client: { type: "pod", pod: late },
      at: lateAt,
      target: workload("shop/catalog"),
      name: "catalog",
      port: 80,
    });
    const at = startsAt(checkout, planner.seconds) + delay;
    planner.add({
      ...base,
      client: { type: "pod", pod: checkout },
      at,
      target: workload("shop/payments"),
      name: "payments",
      port: 50051,
    });
  }
}

function addProbes(planner: TrafficPlanner): void {
  for (const pod of planner.cluster.pods.filter(({ workload }) => workload.probed)) {
    planner.add({
      case: "kubelet probe",
      client: { type: "kubelet", node: pod.node },
      at: planner.momentOf(pod, 2) + (pod.from > 0 ? 1 : 0),
      target: workload(`${pod.workload.namespace}/${pod.workload.name}`),
      address: pod.address.v4,
      port: pod.workload.port ?? 0,
    });
  }
}
