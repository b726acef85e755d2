import { type Random, shuffled } from "./random.ts";

/** An address as text and as the 4 or 16 bytes of a header. */
export interface Address {
  readonly text: string;
  readonly bytes: Uint8Array;
}

export interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly workload: string;
  readonly node: string;
  /** IPv4, then IPv6. */
  readonly addresses: readonly [Address, Address];
}

/** A destination of clients. `via`: how its name resolves. */
export interface Target {
  readonly via: "cluster-ip" | "headless" | "external";
  readonly name: string;
  /** Null outside the cluster. */
  readonly namespace: string | null;
  readonly isIpv6: boolean;
  /** The address in DNS: the ClusterIP, a pod, or the external host. */
  readonly dialled: Address;
  readonly port: number;
  /** Pods of the Service; empty outside the cluster. */
  readonly pods: readonly Pod[];
  readonly targetPort: number;
  /** CNAME targets before the address. */
  readonly chain: readonly string[];
}

export interface Edge {
  readonly client: Pod;
  readonly target: Target;
}

/** The cluster of the generated capture, which is captured on node `NODES[0]`. */
export interface ClusterPlan {
  readonly clients: readonly Pod[];
  readonly targets: readonly Target[];
  readonly edges: readonly Edge[];
  readonly resolver: Target;
}

export const NODES = ["node-0", "node-1", "node-2"] as const;
const NAMESPACES = 10;
const CLIENTS = 100;
/** Targets by kind. Each client calls `calls` of them, `ipv6Calls` of these over IPv6: two numbers, for clients in turn. */
const KINDS = [
  { kind: "remote", count: 150, calls: 12, ipv6Calls: [1, 2] },
  { kind: "local", count: 30, calls: 2, ipv6Calls: [0, 0] },
  { kind: "headless", count: 20, calls: 1, ipv6Calls: [0, 0] },
  { kind: "external", count: 300, calls: 5, ipv6Calls: [1, 0] },
] as const;

export function ipv4(...octets: [number, number, number, number]): Address {
  return { text: octets.join("."), bytes: Uint8Array.from(octets) };
}

/** An IPv6 address of two leading and two trailing groups; the others are zero. */
export function ipv6(a: number, b: number, y: number, z: number): Address {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, a * 65536 + b);
  new DataView(bytes.buffer).setUint32(12, y * 65536 + z);
  const hex = [a, b].map((group) => group.toString(16)).join(":");
  return { text: y === 0 ? `${hex}::${z.toString(16)}` : `${hex}::${y.toString(16)}:${z.toString(16)}`, bytes };
}

export function nodeAddress(node: string): Address {
  return ipv4(192, 168, 0, 10 + NODES.indexOf(node as (typeof NODES)[number]));
}

/**
 * Plans 100 workloads on one node with 20 targets each: 2,000 edges, a tenth over IPv6.
 * `shift` changes all addresses and names except those of the nodes and the resolver, so that shifts have none in common.
 */
export function planCluster(random: Random, shift: number): ClusterPlan {
  const used = new Map<string, number>();
  const mark = shift === 0 ? "" : `-s${shift}`;
  const pod = (workload: string, namespace: string, node: string): Pod => {
    const host = (used.get(node) ?? 0) + 1;
    used.set(node, host);
    const net = 128 + NODES.indexOf(node as (typeof NODES)[number]);
    const [block, last] = [shift * 4 + Math.floor(host / 200), 10 + (host % 200)];
    const suffix = random.word().toString(36).padStart(5, "x").slice(-5);
    const addresses = [ipv4(10, net, block, last), ipv6(0xfd00, net, block, last)] as const;
    return { name: `${workload}-5d9f8c7b6d-${suffix}`, namespace, workload, node, addresses };
  };
  const namespaceOf = (index: number) => `team-${index % NAMESPACES}`;
  const clients = Array.from({ length: CLIENTS }, (_, i) => pod(`app-${i}${mark}`, namespaceOf(i), NODES[0]));

  let hosts = 0;
  const target = (kind: (typeof KINDS)[number]["kind"], index: number): Target => {
    const isIpv6 = (kind === "remote" || kind === "external") && index % 10 === 0;
    const host = 20 + hosts++;
    const family = isIpv6 ? 1 : 0;
    const [high, low] = [shift * 4 + (host >> 8), host & 255];
    if (kind === "external") {
      const name = `api${index}${mark}.vendor${index % 40}.example.com`;
      const chain = Array.from({ length: index % 4 }, (_, hop) => `edge${hop}-${index}${mark}.cdn${hop}.example.net`);
      const dialled = isIpv6 ? ipv6(0x2001, 0xdb8, high, low) : externalIpv4(shift, index);
      return { via: "external", name, namespace: null, isIpv6, dialled, port: 443, pods: [], targetPort: 443, chain };
    }
    const [name, namespace] = [`${kind}-${index}${mark}`, namespaceOf(index * 7)];
    const nodes = kind === "local" ? [NODES[0]] : [NODES[1], NODES[2]];
    const pods = nodes.map((node) => pod(name, namespace, node));
    if (kind === "headless") {
      const dialled = (pods[0] as Pod).addresses[family];
      return { via: "headless", name, namespace, isIpv6, dialled, port: 5432, pods, targetPort: 5432, chain: [] };
    }
    const dialled = isIpv6 ? ipv6(0xfd00, 96, high, low) : ipv4(10, 96, high, low);
    return { via: "cluster-ip", name, namespace, isIpv6, dialled, port: 80, pods, targetPort: 8080, chain: [] };
  };

  const targets: Target[] = [];
  const edges: Edge[] = [];
  for (const { kind, count, calls, ipv6Calls } of KINDS) {
    const made = Array.from({ length: count }, (_, index) => target(kind, index));
    targets.push(...made);
    clients.forEach((client, turn) => {
      const callsOver6 = ipv6Calls[turn % 2 === 0 ? 0 : 1];
      const over6 = shuffled(
        made.filter((one) => one.isIpv6),
        random,
      ).slice(0, callsOver6);
      const over4 = shuffled(
        made.filter((one) => !one.isIpv6),
        random,
      ).slice(0, calls - callsOver6);
      for (const one of [...over6, ...over4]) edges.push({ client, target: one });
    });
  }
  const resolver: Target = {
    via: "cluster-ip",
    name: "kube-dns",
    namespace: "kube-system",
    isIpv6: false,
    dialled: ipv4(10, 96, 0, 10),
    port: 53,
    pods: [0, 1].map((i) => coreDnsPod(i)),
    targetPort: 53,
    chain: [],
  };
  return { clients, targets, edges: shuffled(edges, random), resolver };
}

export const RESOLVER_IPV6 = ipv6(0xfd00, 96, 0, 10);

function coreDnsPod(index: number): Pod {
  const addresses = [ipv4(10, 129, 0, 2 + index), ipv6(0xfd00, 129, 0, 2 + index)] as const;
  const name = `coredns-6f6b679f8f-dns0${index}`;
  return { name, namespace: "kube-system", workload: "coredns", node: NODES[1], addresses };
}

/** Without a shift, addresses for documentation (RFC 5737), of which there are too few for shifts. */
function externalIpv4(shift: number, index: number): Address {
  const last = 1 + (index % 250);
  if (shift > 0) return ipv4(11, shift & 255, Math.floor(index / 250), last);
  return index < 250 ? ipv4(203, 0, 113, last) : ipv4(198, 51, 100, last);
}
