// What a laboratory cluster consists of: the words that its other files share.
// Made from a seed by shop.ts; network-commands.ts builds it, kubernetes-objects.ts describes it as the API would,
// traffic-plan.ts lets its pods talk.

/** How pods hang on their node: on a bridge (cni0), or each on a point-to-point veth with proxy ARP. */
export type NetworkKind = "bridge" | "ptp";

/** How pods of two nodes reach each other: by routes of the nodes, or through VXLAN (flannel.1). */
export type OverlayKind = "host-gw" | "vxlan";

/** An address of either family, in the spelling that the kernel prints. */
export interface DualAddress {
  readonly v4: string;
  readonly v6: string;
}

export interface LabNode {
  readonly name: string;
  readonly index: number;
  readonly address: DualAddress;
  readonly podCidr: DualAddress;
  /** cni0's own addresses on a bridge network. */
  readonly gateway: DualAddress;
  /** flannel.1's own addresses where there is VXLAN: the first of the podCIDR. */
  readonly tunnel: DualAddress;
}

export interface LabWorkload {
  readonly namespace: string;
  readonly name: string;
  readonly kind: "Deployment" | "StatefulSet" | "DaemonSet" | "CronJob" | "Node";
  /** Port that its pods serve; null for pods that only dial. */
  readonly port: number | null;
  /** A kubelet probes the port. */
  readonly probed: boolean;
  /** A port of the pod that throws packets away (a firewall in the pod). */
  readonly droppedPort: number | null;
  /** A port on which each connection is reset once it is established. */
  readonly resetPort: number | null;
  readonly hostNetwork: boolean;
  /** Labels of its pods; null: the label `app` with its name. */
  readonly labels: Readonly<Record<string, string>> | null;
  /** Name of its port, by which its Service knows it; null if that has the number. */
  readonly portName: string | null;
}

/** Whether pods come and go during the traffic, or all live all the time. */
export type ClusterLife = "changing" | "steady";

export interface LabPod {
  readonly name: string;
  readonly workload: LabWorkload;
  readonly node: LabNode;
  readonly address: DualAddress;
  /** Number of its network namespace; pods that follow each other on one address share it. -1 for host network pods. */
  readonly slot: number;
  /** Part of the traffic time in which the pod lives: it is known from the beginning when `from` is 0. */
  readonly from: number;
  readonly to: number;
  /** How it ends when `to` is below 1. */
  readonly end: "completed" | "deleted" | null;
  /** Name of the ReplicaSet or Job in between, where there is one. */
  readonly parent: string | null;
}

export interface LabServicePort {
  readonly name: string;
  readonly port: number;
  /** Of a port with a name, each pod has its own number. */
  readonly targetPort: number;
  readonly targetName: string | null;
  readonly nodePort: number | null;
}

export interface LabService {
  readonly namespace: string;
  readonly name: string;
  /** Null for headless and ExternalName services. */
  readonly clusterIp: DualAddress | null;
  readonly headless: boolean;
  readonly ports: readonly LabServicePort[];
  readonly protocol: "TCP" | "DNS";
  /** `namespace/name` of the workloads behind it. */
  readonly workloads: readonly string[];
  readonly externalName: string | null;
}

/** A machine outside the cluster that has a name. */
export interface LabExternal {
  readonly name: string;
  /** The names between the asked one and the addresses. */
  readonly chain: readonly string[];
  readonly v4: readonly string[];
  readonly v6: readonly string[];
}

export interface LabCluster {
  readonly seed: number;
  readonly network: NetworkKind;
  readonly overlay: OverlayKind;
  readonly nodes: readonly LabNode[];
  readonly workloads: readonly LabWorkload[];
  readonly pods: readonly LabPod[];
  readonly services: readonly LabService[];
  readonly externals: readonly LabExternal[];
  /** External names with an address that does not answer. */
  readonly silent: readonly string[];
  /** All podCIDRs lie in it. */
  readonly podRange: DualAddress;
  readonly dnsService: string;
  /** Gateway of the nodes; upstream DNS and the external servers live behind it. */
  readonly outside: DualAddress;
  /** From here clients outside the cluster dial. */
  readonly outsideClients: DualAddress;
}

export const workloadKey = (workload: { readonly namespace: string; readonly name: string }): string =>
  `${workload.namespace}/${workload.name}`;

/** Pods that stand behind a service at a moment of the traffic time (0 to 1). */
export function endpointsOf(cluster: LabCluster, service: LabService, at: number): readonly LabPod[] {
  return cluster.pods.filter(
    (pod) => service.workloads.includes(workloadKey(pod.workload)) && pod.from <= at && at < pod.to,
  );
}

/** The port of an endpoint. */
export function targetPortOf({ targetPort, targetName }: LabServicePort, { workload }: LabPod): number {
  return targetName === null ? targetPort : (workload.port ?? 0);
}
