import type { ClusterLife, LabCluster, LabExternal, NetworkKind, OverlayKind } from "./cluster-plan.ts";
import { type Random, seededRandom } from "./random.ts";
import { planNodes, planPods } from "./shop-pods.ts";
import { planServices } from "./shop-services.ts";
import { WORKLOADS } from "./shop-workloads.ts";

function planExternals(random: Random): LabExternal[] {
  const hosts = random.shuffled(Array.from({ length: 100 }, (_, i) => i + 20));
  const v4 = (): string => `203.0.113.${hosts.pop()}`;
  const shared = v4();
  return [
    {
      name: "api.payments.example.com",
      chain: ["api.eu-west.payments.example.com", "edge-7.cdn.example.net"],
      v4: [v4()],
      v6: [],
    },
    { name: "images.cdn.example.net", chain: [], v4: [shared], v6: [] },
    { name: "static.shop.example.com", chain: ["static.cdn.example.net"], v4: [shared], v6: [] },
    { name: "hooks.chat.example.org", chain: [], v4: [v4()], v6: [`2001:db8:77::${random.between(1, 99)}`] },
    { name: "ledger.partner.example.net", chain: [], v4: [v4()], v6: [] },
    { name: "pool.feed.example.com", chain: [], v4: Array.from({ length: 40 }, v4), v6: [] },
  ];
}

/** External names with an address that refuses connections or does not answer. */
export const CLOSED_EXTERNAL = {
  name: "sms.example.org",
  chain: [],
  v4: ["203.0.113.8"],
  v6: [],
} satisfies LabExternal;
export const SILENT_EXTERNAL = {
  name: "fraud-check.example.com",
  chain: [],
  v4: ["203.0.113.250"],
  v6: [],
} satisfies LabExternal;

/** Plans a small shop on three nodes; the seed gives names, places, addresses and subnets. */
export function planShop(
  seed: number,
  network: NetworkKind,
  overlay: OverlayKind,
  life: ClusterLife = "changing",
): LabCluster {
  const random = seededRandom(seed);
  const numbers = {
    lan: random.between(20, 240),
    pods: random.between(40, 240),
    services: random.pick(["10.96.0", "172.20.0", "10.43.7"]),
  };
  const nodes = planNodes(random, numbers);
  return {
    seed,
    network,
    overlay,
    nodes,
    workloads: Object.values(WORKLOADS),
    pods: planPods(random, nodes, numbers, life),
    services: planServices(random, numbers),
    externals: [...planExternals(random), CLOSED_EXTERNAL, SILENT_EXTERNAL],
    silent: [SILENT_EXTERNAL.name],
    podRange: { v4: `10.${numbers.pods}.0.0/16`, v6: `fd10:${numbers.pods}::/48` },
    dnsService: `${numbers.services}.10`,
    outside: { v4: `192.168.${numbers.lan}.2`, v6: `fd00:${numbers.lan}::2` },
    outsideClients: { v4: `198.18.${numbers.lan}.7`, v6: `2001:db8:99::${numbers.lan}` },
  };
}
