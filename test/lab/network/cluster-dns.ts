import type { LabCluster, LabExternal, LabService } from "../cluster/cluster-plan.ts";
import { endpointsOf } from "../cluster/cluster-plan.ts";

const TTL_SECONDS = 30;
const NEGATIVE_TTL_SECONDS = 5;

const record = (name: string, type: string, value: string): string =>
  `local-data: "${name}. ${TTL_SECONDS} IN ${type} ${value}"`;

const addresses = (name: string, v4: readonly string[], v6: readonly string[]): string[] => [
  ...v4.map((address) => record(name, "A", address)),
  ...v6.map((address) => record(name, "AAAA", address)),
];

/** A zone that says NXDOMAIN, with the SOA record that lets resolvers remember it, to all names that it does not hold. */
const closedZone = (zone: string): string[] => [
  `local-zone: "${zone}." static`,
  `local-data: "${zone}. ${NEGATIVE_TTL_SECONDS} IN SOA ns.${zone}. root.${zone}. 1 60 60 60 ${NEGATIVE_TTL_SECONDS}"`,
];

/** Settings of an unbound in the foreground, as root, that uses only the configured servers. */
const server = (interfaces: readonly string[], lines: readonly string[]): string =>
  [
    "server:",
    ...[
      ...interfaces.map((address) => `interface: ${address}`),
      "access-control: 0.0.0.0/0 allow",
      "access-control: ::/0 allow",
      "do-daemonize: no",
      "use-syslog: no",
      'chroot: ""',
      'username: ""',
      'directory: ""',
      'pidfile: ""',
      "num-threads: 1",
      'module-config: "iterator"',
      "qname-minimisation: no",
      "do-not-query-localhost: no",
      "rrset-roundrobin: yes",
      'target-fetch-policy: "0 0 0 0 0"',
      ...lines,
    ].map((line) => `  ${line}`),
    "",
  ].join("\n");

/** Configuration of the cluster's DNS: what CoreDNS answers for cluster.local, everything else is asked upstream. */
export function clusterDnsConfig(cluster: LabCluster): string {
  const lines = [...closedZone("cluster.local")];
  for (const service of cluster.services) lines.push(...serviceRecords(cluster, service));
  for (const pod of cluster.pods.filter(({ slot }) => slot >= 0)) {
    lines.push(
      record(`${pod.address.v4.replaceAll(".", "-")}.${pod.workload.namespace}.pod.cluster.local`, "A", pod.address.v4),
    );
  }
  const unique = [...new Set(lines)];
  return `${server(["0.0.0.0", "::0"], unique)}forward-zone:\n  name: "."\n  forward-addr: ${cluster.outside.v4}\n`;
}

function serviceRecords(cluster: LabCluster, service: LabService): string[] {
  const name = `${service.name}.${service.namespace}.svc.cluster.local`;
  if (service.externalName !== null) {
    // The only kind of zone in which unbound follows an alias of its own data.
    return [`local-zone: "${name}." redirect`, record(name, "CNAME", `${service.externalName}.`)];
  }
  if (service.clusterIp !== null) return addresses(name, [service.clusterIp.v4], [service.clusterIp.v6]);
  return endpointsOf(cluster, service, 0).flatMap((pod) => [
    ...addresses(name, [pod.address.v4], [pod.address.v6]),
    ...addresses(`${pod.name}.${name}`, [pod.address.v4], [pod.address.v6]),
  ]);
}

/** Configuration of the DNS server outside: it knows the external names and nothing else. */
export function upstreamDnsConfig(cluster: LabCluster): string {
  const lines = [
    'local-zone: "." static',
    `local-data: ". ${NEGATIVE_TTL_SECONDS} IN SOA ns.example. root.example. 1 60 60 60 ${NEGATIVE_TTL_SECONDS}"`,
    ...cluster.externals.flatMap(externalRecords),
  ];
  return server([cluster.outside.v4, "127.0.0.1"], [...new Set(lines)]);
}

function externalRecords({ name, chain, v4, v6 }: LabExternal): string[] {
  const names = [name, ...chain];
  const aliases = chain.map((target, i) => record(names[i] ?? name, "CNAME", `${target}.`));
  return [...aliases, ...addresses(names.at(-1) ?? name, v4, v6)];
}

/** resolv.conf of a pod in a Kubernetes namespace, as the kubelet writes it. */
export const resolvConf = (cluster: LabCluster, namespace: string): string =>
  `search ${namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver ${cluster.dnsService}\noptions ndots:5\n`;
