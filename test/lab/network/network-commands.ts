import type { DualAddress, LabCluster, LabNode, LabPod } from "../cluster/cluster-plan.ts";
import { toOtherNodes, tunnelNeighbours } from "./overlay-commands.ts";

/** Commands for one network namespace: lines for `ip -batch`, and files below /proc/sys with what is written there. */
export interface NamespaceCommands {
  readonly namespace: string;
  readonly ip: readonly string[];
  /** Lines for `bridge -batch`, after those. */
  readonly bridge?: readonly string[];
  readonly sysctls: readonly (readonly [string, string])[];
}

/** Who sends TCP timestamps: every machine, or the nodes alone. */
export type TimestampUse = "all" | "nodes";

/** Names of a run's namespaces; the prefix is its own, so that two runs never meet. */
export interface NamespaceNames {
  readonly outside: string;
  node(node: LabNode): string;
  pod(pod: LabPod): string;
}

export const namespaceNames = (prefix: string): NamespaceNames => ({
  outside: `${prefix}-out`,
  node: (node) => `${prefix}-n${node.index}`,
  pod: (pod) => (pod.slot < 0 ? `${prefix}-n${pod.node.index}` : `${prefix}-p${pod.slot}`),
});

/** One pod a slot: pods that follow each other on one address share its interface. */
export const podSlots = (cluster: LabCluster): readonly LabPod[] =>
  cluster.pods.filter((pod, i, all) => pod.slot >= 0 && all.findIndex(({ slot }) => slot === pod.slot) === i);

export const allNamespaces = (cluster: LabCluster, names: NamespaceNames): readonly string[] => [
  names.outside,
  ...cluster.nodes.map(names.node),
  ...podSlots(cluster).map(names.pod),
];

const host = (address: DualAddress): readonly string[] => [`${address.v4}/32`, `${address.v6}/128`];

// Addresses must serve at once, reverse path filters would drop what hairpin and proxy ARP send.
const QUICK_ADDRESSES: readonly (readonly [string, string])[] = [
  ["net/ipv6/conf/all/accept_dad", "0"],
  ["net/ipv6/conf/default/accept_dad", "0"],
  ["net/ipv6/conf/default/accept_ra", "0"],
  ["net/ipv4/conf/all/rp_filter", "0"],
  ["net/ipv4/conf/default/rp_filter", "0"],
];

/** Only the nodes send TCP timestamps; Windows sends none by default. */
function withoutTimestamps(cluster: LabCluster, names: NamespaceNames): NamespaceCommands[] {
  const namespaces = [names.outside, ...podSlots(cluster).map(names.pod)];
  return namespaces.map((namespace) => ({ namespace, ip: [], sysctls: [["net/ipv4/tcp_timestamps", "0"]] }));
}

/** All commands that turn empty namespaces into the cluster's network, in the order in which they must run. */
export function networkCommands(
  cluster: LabCluster,
  names: NamespaceNames,
  timestamps: TimestampUse = "all",
): NamespaceCommands[] {
  return [
    ...(timestamps === "nodes" ? withoutTimestamps(cluster, names) : []),
    outsideCommands(cluster, names),
    ...cluster.nodes.map((node) => nodeCommands(cluster, node, names)),
    ...podSlots(cluster).flatMap((pod) => podCommands(cluster, pod, names)),
  ];
}

function outsideCommands(cluster: LabCluster, names: NamespaceNames): NamespaceCommands {
  const servers = cluster.externals.filter(({ name }) => !cluster.silent.includes(name));
  const addresses = new Set(
    servers.flatMap(({ v4, v6 }) => [...v4.map((a) => `${a}/32`), ...v6.map((a) => `${a}/128`)]),
  );
  return {
    namespace: names.outside,
    ip: [
      "link set lo up",
      "link add lan0 type bridge forward_delay 0",
      "link set lan0 up",
      `addr add ${cluster.outside.v4}/24 dev lan0`,
      `addr add ${cluster.outside.v6}/64 dev lan0 nodad`,
      ...[...addresses, ...host(cluster.outsideClients)].map((address) => `addr add ${address} dev lo`),
      ...cluster.nodes.flatMap((node) => [
        `link add port${node.index} type veth peer name eth0 netns ${names.node(node)}`,
        `link set port${node.index} master lan0 up`,
        `route add ${node.podCidr.v4} via ${node.address.v4}`,
        `route add ${node.podCidr.v6} via ${node.address.v6}`,
      ]),
    ],
    // The LAN is a switch: it has no rules to show frames to.
    sysctls: [
      ...QUICK_ADDRESSES,
      ["net/bridge/bridge-nf-call-iptables", "0"],
      ["net/bridge/bridge-nf-call-ip6tables", "0"],
    ],
  };
}

function nodeCommands(cluster: LabCluster, node: LabNode, names: NamespaceNames): NamespaceCommands {
  const bridge = [
    "link add cni0 type bridge forward_delay 0",
    "link set cni0 up",
    `addr add ${node.gateway.v4}/24 dev cni0`,
    `addr add ${node.gateway.v6}/64 dev cni0 nodad`,
  ];
  return {
    namespace: names.node(node),
    ip: [
      "link set lo up",
      "link set eth0 up",
      `addr add ${node.address.v4}/24 dev eth0`,
      `addr add ${node.address.v6}/64 dev eth0 nodad`,
      `route add default via ${cluster.outside.v4}`,
      `route add default via ${cluster.outside.v6}`,
      ...(cluster.network === "bridge" ? bridge : []),
      ...toOtherNodes(cluster, node),
    ],
    bridge: tunnelNeighbours(cluster, node),
    sysctls: [
      ...QUICK_ADDRESSES,
      ["net/ipv4/ip_forward", "1"],
      ["net/ipv6/conf/all/forwarding", "1"],
      // Without it DNAT inside a bridge does not happen, and same-node ClusterIPs break as they do in a real cluster.
      ["net/bridge/bridge-nf-call-iptables", "1"],
      ["net/bridge/bridge-nf-call-ip6tables", "1"],
    ],
  };
}

/** Name of the pod's interface on its node. */
export const podInterface = (cluster: LabCluster, pod: LabPod): string =>
  `${cluster.network === "bridge" ? "veth" : "cali"}${(0x21000 + pod.slot * 0x1f35).toString(16)}`;

// A MAC made from the address: who takes over the address takes over the neighbours' caches too.
const podMac = (pod: LabPod): string =>
  ["0a", "58", ...pod.address.v4.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"))].join(":");

const PTP_MAC = "ee:ee:ee:ee:ee:ee";
const PTP_LINK_LOCAL = "fe80::ecee:eeff:feee:eeee";

function podCommands(cluster: LabCluster, pod: LabPod, names: NamespaceNames): NamespaceCommands[] {
  const link = podInterface(cluster, pod);
  const create = `link add ${link} type veth peer name eth0 address ${podMac(pod)} netns ${names.pod(pod)}`;
  // VXLAN's header takes 50 bytes of the LAN's 1,500.
  const inPod = ["link set lo up", `link set eth0 mtu ${cluster.overlay === "vxlan" ? 1450 : 1500} up`];
  const { v4, v6 } = pod.address;
  if (cluster.network === "bridge") {
    return [
      {
        namespace: names.node(pod.node),
        ip: [create, `link set ${link} master cni0 up`, `link set ${link} type bridge_slave hairpin on`],
        sysctls: [],
      },
      {
        namespace: names.pod(pod),
        ip: [
          ...inPod,
          `addr add ${v4}/24 dev eth0`,
          `addr add ${v6}/64 dev eth0 nodad`,
          `route add default via ${pod.node.gateway.v4}`,
          `route add default via ${pod.node.gateway.v6}`,
        ],
        sysctls: QUICK_ADDRESSES,
      },
    ];
  }
  return [
    {
      namespace: names.node(pod.node),
      ip: [
        `${create.replace("link add", `link add address ${PTP_MAC}`)}`,
        `link set ${link} up`,
        `route add ${v4} dev ${link} scope link`,
        `route add ${v6} dev ${link}`,
      ],
      sysctls: [
        [`net/ipv4/conf/${link}/proxy_arp`, "1"],
        [`net/ipv4/neigh/${link}/proxy_delay`, "0"],
      ],
    },
    {
      namespace: names.pod(pod),
      ip: [
        ...inPod,
        `addr add ${v4}/32 dev eth0`,
        `addr add ${v6}/128 dev eth0 nodad`,
        "route add 169.254.1.1 dev eth0 scope link",
        "route add default via 169.254.1.1",
        `route add default via ${PTP_LINK_LOCAL} dev eth0`,
      ],
      sysctls: QUICK_ADDRESSES,
    },
  ];
}
