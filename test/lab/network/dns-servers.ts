// EDGE: child_process, fs
// The DNS servers of a run: one outside the cluster, and one in each pod of the cluster's own DNS.

import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabCluster } from "../cluster/cluster-plan.ts";
import { end, spawnInNamespace, waitForLine } from "../support/commands.ts";
import { clusterDnsConfig, upstreamDnsConfig } from "./cluster-dns.ts";
import type { NamespaceNames } from "./network-commands.ts";

/** Starts them with their configurations in `folder`; resolves when all answer. The caller ends them. */
export async function startDnsServers(
  cluster: LabCluster,
  names: NamespaceNames,
  folder: string,
): Promise<readonly ChildProcess[]> {
  const upstreamFile = join(folder, "upstream.conf");
  const clusterFile = join(folder, "cluster.conf");
  writeFileSync(upstreamFile, upstreamDnsConfig(cluster));
  writeFileSync(clusterFile, clusterDnsConfig(cluster));
  const dnsPods = cluster.pods.filter(({ workload }) => workload.name === "coredns");
  const places: [string, string][] = [[names.outside, upstreamFile]];
  for (const pod of dnsPods) places.push([names.pod(pod), clusterFile]);
  const servers = places.map(([namespace, file]) =>
    spawnInNamespace(namespace, ["unbound", "-d", "-v", "-c", file], { stdio: ["ignore", "ignore", "pipe"] }),
  );
  try {
    await Promise.all(servers.map((server) => waitForLine(server, "stderr", "start of service")));
  } catch (error) {
    await Promise.all(servers.map((server) => end(server)));
    throw error;
  }
  return servers;
}
