import {
  type DualAddress,
  endpointsOf,
  type LabCluster,
  type LabService,
  targetPortOf,
} from "../cluster/cluster-plan.ts";

type Family = keyof DualAddress;

/** Packets with this mark leave with their sender's address replaced, as kube-proxy has it. */
const MASQUERADE = "0x4000";

const DAEMON_NODE_PORTS = "fib daddr type local";

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * kube-proxy's rules for a node, as an nft script that replaces those before it.
 * A random endpoint; masquerade for hairpin, node ports and what does not come from pods; REJECT without endpoints;
 * pods leave the cluster masqueraded. Same rules on every node: the kernel determines what is local.
 * @param at time of the endpoints, as a share of the traffic time (0 to 1).
 */
export function kubeProxyRules(cluster: LabCluster, at: number): string {
  const prerouting: string[] = [];
  const chains: string[] = [];
  const rejects: string[] = [];
  for (const service of cluster.services) {
    if (service.clusterIp === null) continue;
    for (const servicePort of service.ports) {
      const { port, nodePort } = servicePort;
      for (const family of ["v4", "v6"] as const) {
        const ip = family === "v4" ? "ip" : "ip6";
        const match = `${ip} daddr ${service.clusterIp[family]} ${portMatch(service, port)}`;
        const endpoints = endpointsOf(cluster, service, at).map((pod) => ({
          address: pod.address[family],
          port: targetPortOf(servicePort, pod),
        }));
        if (endpoints.length === 0) {
          rejects.push(`${match} reject`);
          continue;
        }
        const chain = `svc-${service.namespace}-${service.name}-${port}-${family}`;
        chains.push(...endpointChains(chain, family, service, endpoints));
        prerouting.push(`${match} ${ip} saddr != ${cluster.podRange[family]} meta mark set ${MASQUERADE}`);
        prerouting.push(`${match} goto ${chain}`);
        if (nodePort === null) continue;
        const entry = `meta nfproto ip${family} ${DAEMON_NODE_PORTS} tcp dport ${nodePort}`;
        prerouting.push(`${entry} meta mark set ${MASQUERADE} goto ${chain}`);
      }
    }
  }
  const chain = (name: string, lines: readonly string[]): string =>
    `  chain ${name} {\n${lines.map((line) => `    ${line}\n`).join("")}  }\n`;
  const leaves = (["v4", "v6"] as const).map((family) => {
    const ip = family === "v4" ? "ip" : "ip6";
    const range = cluster.podRange[family];
    return `${ip} saddr ${range} ${ip} daddr != ${range} masquerade fully-random`;
  });
  return [
    "table inet kube-proxy\n",
    "delete table inet kube-proxy\n",
    "table inet kube-proxy {\n",
    ...chains,
    chain("services", prerouting),
    chain("no-endpoints", rejects),
    chain("prerouting", ["type nat hook prerouting priority dstnat;", "jump services"]),
    chain("output", ["type nat hook output priority -100;", "jump services"]),
    chain("postrouting", [
      "type nat hook postrouting priority srcnat;",
      `meta mark & ${MASQUERADE} == ${MASQUERADE} masquerade fully-random`,
      ...leaves,
    ]),
    chain("forward", ["type filter hook forward priority filter;", "ct state new jump no-endpoints"]),
    chain("host-output", ["type filter hook output priority filter;", "ct state new jump no-endpoints"]),
    "}\n",
  ].join("");
}

const portMatch = (service: LabService, port: number): string =>
  `${service.protocol === "DNS" ? "meta l4proto { tcp, udp } th" : "tcp"} dport ${port}`;

function endpointChains(name: string, family: Family, service: LabService, endpoints: readonly Endpoint[]): string[] {
  const ip = family === "v4" ? "ip" : "ip6";
  const protocol = service.protocol === "DNS" ? "meta l4proto { tcp, udp } " : "meta l4proto tcp ";
  const members = endpoints.map(({ address, port }, i) => {
    const target = family === "v4" ? `${address}:${port}` : `[${address}]:${port}`;
    const hairpin = `${ip} saddr ${address} meta mark set ${MASQUERADE}`;
    return `  chain ${name}-${i} {\n    ${hairpin}\n    ${protocol}dnat ${ip} to ${target}\n  }\n`;
  });
  const choice = endpoints.map((_, i) => `${i} : goto ${name}-${i}`).join(", ");
  return [...members, `  chain ${name} {\n    numgen random mod ${endpoints.length} vmap { ${choice} }\n  }\n`];
}
