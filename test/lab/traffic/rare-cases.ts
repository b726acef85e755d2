import { endsAt, startsAt } from "../cluster/cluster-life.ts";
import { externals, hosts, nodePorts } from "./border-cases.ts";
import { failures, lookups, podToPod } from "./pod-cases.ts";
import type { Case, TrafficPlanner } from "./traffic-plan.ts";

/** About one case in ten is left out of each seed. */
const LEFT_OUT = 0.1;
/** From one lookup of the same address to the next: on a busy machine, resolver and server may take longer than half of it. */
const TWO_NAMES_GAP_SECONDS = 1;

/** Rare cases in addition to the traffic of the shop, each once or twice. */
export function addRareCases(planner: TrafficPlanner): void {
  const cases = [
    ...podToPod(planner),
    ...nodePorts(planner),
    ...hosts(planner),
    ...externals(planner),
    ...failures(planner),
    ...lookups(planner),
    ...reusedServerAddress(planner),
  ];
  for (const one of cases) {
    if (planner.random.next() < LEFT_OUT) continue;
    const at = one.at ?? (one.client.type === "pod" ? planner.momentOf(one.client.pod) : middle(planner));
    planner.add({ ...one, at });
  }
  addTwoNamesOnOneAddress(planner);
}

const middle = (planner: TrafficPlanner): number => 0.3 + planner.random.next() * (planner.seconds - 1.5);

/** Two names of one address: by two clients, and by one client in turn. */
function addTwoNamesOnOneAddress(planner: TrafficPlanner): void {
  const names = ["images.cdn.example.net", "static.shop.example.com"] as const;
  const client = planner.clientOf("shop/catalog");
  const start = Math.max(1, startsAt(client.pod, planner.seconds));
  [...names, ...names].forEach((name, i) => {
    const at = start + i * TWO_NAMES_GAP_SECONDS;
    planner.add({ case: "two names, one address", client, at, target: { type: "external", name }, name, port: 443 });
  });
}

/** The address that changes its owner, dialled before and after. */
function reusedServerAddress(planner: TrafficPlanner): Case[] {
  const [before] = planner.podsOf("shop/nightly-report");
  const [after] = planner.podsOf("shop/promotions");
  if (before === undefined || after === undefined) return [];
  const dial = { client: planner.clientOf("monitoring/prometheus"), address: before.address.v4, port: 9400 };
  // In a steady cluster both have addresses of their own.
  const isNext = { target: { type: "workload", key: "shop/promotions" } as const };
  return [
    {
      ...dial,
      case: "address reuse, server before",
      at: 1.2,
      target: { type: "workload", key: "shop/nightly-report" },
    },
    {
      ...dial,
      ...isNext,
      address: after.address.v4,
      case: "address reuse, server after",
      at: startsAt(after, planner.seconds) + 2.2,
    },
    {
      case: "address reuse, server's last moment",
      client: planner.clientOf("shop/cart"),
      at: endsAt(before, planner.seconds) - 0.1,
      target: { type: "workload", key: "shop/nightly-report" },
      address: before.address.v4,
      port: 9400,
    },
  ];
}
