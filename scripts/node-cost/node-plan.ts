// One node with pods that serve and pods that dial, in the words of the laboratory.
import { canonicalAddress } from "../../src/model/address.ts";
import {
  type DualAddress,
  type LabCluster,
  type LabNode,
  type LabPod,
  type LabService,
  type LabWorkload,
  workloadKey,
} from "../../test/lab/cluster/cluster-plan.ts";
import { seededRandom } from "../../test/lab/cluster/random.ts";

/** Port of the pods behind a Service, and of the Service. */
export const SERVED_PORT = 8080;
export const SERVICE_PORT = 80;
export const SERVERS = "shop";
export const CLIENTS = "front";

/** A pod in its turn: pods of one slot follow each other on one address. */
export interface Turn {
  readonly slot: number;
  readonly workload: LabWorkload;
  /** Part of the run in which it lives. */
  readonly from: number;
  readonly to: number;
}

const v6 = (text: string): string => canonicalAddress(text) ?? text;

const NODE: LabNode = {
  name: "node-1",
  index: 0,
  address: { v4: "192.168.77.10", v6: v6("fd00:77::10") },
  podCidr: { v4: "10.77.0.0/24", v6: "fd10:77:0:0::/64" },
  gateway: { v4: "10.77.0.1", v6: v6("fd10:77:0:0::1") },
  tunnel: { v4: "10.77.0.0", v6: v6("fd10:77:0:0::") },
};

const DNS: LabWorkload = { ...workload("kube-system", "coredns", 53), labels: { "k8s-app": "kube-dns" } };

/** A workload of Deployments. `port`: null if it only dials. */
export function workload(namespace: string, name: string, port: number | null): LabWorkload {
  const plain = { probed: false, droppedPort: null, resetPort: null, hostNetwork: false, labels: null, portName: null };
  return { namespace, name, kind: "Deployment", port, ...plain };
}

/** The cluster of these turns: each workload that serves has a Service of its name. Slot 0 is the DNS server's. */
export function planNode(turns: readonly Turn[]): LabCluster {
  const random = seededRandom(77);
  const all: readonly Turn[] = [{ slot: 0, workload: DNS, from: 0, to: 1 }, ...turns];
  const workloads = [...new Set(all.map((turn) => turn.workload))];
  const parents = new Map(workloads.map((one) => [one, `${one.name}-${random.suffix(9)}`]));
  const pods = all.map(({ slot, workload: owner, from, to }): LabPod => {
    const parent = parents.get(owner) ?? null;
    return {
      name: `${parent}-${random.suffix(5)}`,
      workload: owner,
      node: NODE,
      address: { v4: `10.77.0.${slot + 2}`, v6: v6(`fd10:77:0:0::${(slot + 2).toString(16)}`) },
      slot,
      from,
      to,
      end: to < 1 ? "deleted" : null,
      parent,
    };
  });
  return {
    seed: 77,
    network: "ptp",
    overlay: "host-gw",
    nodes: [NODE],
    workloads,
    pods,
    services: [
      apiServer(),
      dnsService(),
      ...workloads.filter(({ name, port }) => port === SERVED_PORT && name).map(ownService),
    ],
    externals: [],
    silent: [],
    podRange: { v4: "10.77.0.0/16", v6: "fd10:77::/48" },
    dnsService: "10.97.0.10",
    outside: { v4: "192.168.77.2", v6: v6("fd00:77::2") },
    outsideClients: { v4: "198.18.77.7", v6: "2001:db8:99::77" },
  };
}

const clusterIp = (host: number): DualAddress => ({ v4: `10.97.0.${host}`, v6: v6(`fd97::${host.toString(16)}`) });

function apiServer(): LabService {
  return service("default", "kubernetes", 1, null, 443, 6443);
}

function dnsService(): LabService {
  return { ...service("kube-system", "kube-dns", 10, workloadKey(DNS), 53, 53), protocol: "DNS" };
}

function ownService({ namespace, name }: LabWorkload, index: number): LabService {
  return service(namespace, name, 20 + index, workloadKey({ namespace, name }), SERVICE_PORT, SERVED_PORT);
}

function service(
  namespace: string,
  name: string,
  host: number,
  behind: string | null,
  ...[port, targetPort]: [number, number]
): LabService {
  const ports = [{ name: "main", port, targetPort, targetName: null, nodePort: null }];
  return {
    namespace,
    name,
    clusterIp: clusterIp(host),
    headless: false,
    ports,
    protocol: "TCP",
    workloads: behind === null ? [] : [behind],
    externalName: null,
  };
}
