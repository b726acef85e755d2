import { canonicalAddress } from "../../../src/model/address.ts";
import type { ClusterLife, DualAddress, LabNode, LabPod, LabWorkload } from "./cluster-plan.ts";
import type { Random } from "./random.ts";
import { PLACES } from "./shop-workloads.ts";

const NODE_NAMES = [
  ["node-a", "node-b", "node-c"],
  ["worker-1", "worker-2", "worker-3"],
  ["pool-x1", "pool-x2", "pool-x3"],
];

/** The kernel's own spelling, so that equal addresses are equal strings. */
const v6 = (text: string): string => canonicalAddress(text) ?? text;

/** What the seed chose for the subnets: the LAN's third byte, the pods' second one, the services' first three. */
export interface Numbers {
  readonly lan: number;
  readonly pods: number;
  readonly services: string;
}

export function planNodes(random: Random, numbers: Numbers): LabNode[] {
  return random.pick(NODE_NAMES).map((name, index) => ({
    name,
    index,
    address: { v4: `192.168.${numbers.lan}.${10 + index}`, v6: v6(`fd00:${numbers.lan}::${10 + index}`) },
    podCidr: { v4: `10.${numbers.pods}.${index}.0/24`, v6: `fd10:${numbers.pods}:0:${index}::/64` },
    gateway: { v4: `10.${numbers.pods}.${index}.1`, v6: v6(`fd10:${numbers.pods}:0:${index}::1`) },
    tunnel: { v4: `10.${numbers.pods}.${index}.0`, v6: v6(`fd10:${numbers.pods}:0:${index}::`) },
  }));
}

const END_OF_KIND = { CronJob: "completed", Deployment: "deleted" } as const;

/** A pod that follows another on one node and moment takes over its address and namespace. */
export function planPods(
  random: Random,
  nodes: readonly LabNode[],
  numbers: Numbers,
  clusterLife: ClusterLife,
): LabPod[] {
  const turn = random.between(0, 2);
  const hosts = new Map(nodes.map((node) => [node, random.shuffled(Array.from({ length: 60 }, (_, i) => i + 2))]));
  const parents = new Map<LabWorkload, string>();
  const ordinals = new Map<LabWorkload, number>();
  const pods: LabPod[] = [];
  let slots = 0;
  for (const [workload, place, life = [0, 1]] of PLACES) {
    const node = nodes[(place + turn) % nodes.length] as LabNode;
    const [from, to] = clusterLife === "steady" ? [0, 1] : life;
    const before = pods.find((pod) => pod.node === node && pod.to === from);
    const host = workload.hostNetwork || before ? 0 : (hosts.get(node)?.pop() ?? 0);
    const parent = parents.get(workload) ?? parentName(workload, random);
    if (parent !== null) parents.set(workload, parent);
    const ordinal = ordinals.get(workload) ?? 0;
    ordinals.set(workload, ordinal + 1);
    pods.push({
      name: podName(workload, parent, node, ordinal, random),
      workload,
      node,
      address: workload.hostNetwork ? node.address : (before?.address ?? podAddress(node, host, numbers)),
      slot: workload.hostNetwork ? -1 : (before?.slot ?? slots++),
      from,
      to,
      end: to < 1 ? END_OF_KIND[workload.kind as keyof typeof END_OF_KIND] : null,
      parent,
    });
  }
  return pods;
}

const podAddress = (node: LabNode, host: number, numbers: Numbers): DualAddress => ({
  v4: `10.${numbers.pods}.${node.index}.${host}`,
  v6: v6(`fd10:${numbers.pods}:0:${node.index}::${host.toString(16)}`),
});

function parentName(workload: LabWorkload, random: Random): string | null {
  if (workload.kind === "Deployment") return `${workload.name}-${random.suffix(9)}`;
  return workload.kind === "CronJob" ? `${workload.name}-${random.between(29000000, 29999999)}` : null;
}

function podName(workload: LabWorkload, parent: string | null, node: LabNode, ordinal: number, random: Random): string {
  if (workload.kind === "StatefulSet") return `${workload.name}-${ordinal}`;
  if (workload.kind === "Node") return `${workload.name}-${node.name}`;
  return `${parent ?? workload.name}-${random.suffix(5)}`;
}
