// EDGE: fs, process
// Makes and removes the network namespaces of a run.

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabCluster } from "../cluster/cluster-plan.ts";
import { run } from "../support/commands.ts";
import { kubeProxyRules } from "./kube-proxy.ts";
import { allNamespaces, type NamespaceNames, networkCommands, type TimestampUse } from "./network-commands.ts";

const ETC_NETNS = "/etc/netns";
const RUN_NETNS = "/run/netns";
const PREFIX = /^wl(\d+)x\d+-/;

let runs = 0;

/** A unique prefix with the pid of this process, which identifies the leftovers of a killed run. */
export const namespacePrefix = (): string => `wl${process.pid}x${runs++}`;

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

/** Removes leftovers of killed runs: namespaces of dead processes, and the processes in them. */
export async function removeLeftovers(): Promise<void> {
  for (const folder of [RUN_NETNS, ETC_NETNS]) {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const maker = PREFIX.exec(name)?.[1];
      if (maker === undefined || isAlive(Number(maker))) continue;
      if (folder === RUN_NETNS) await endProcessesIn(name);
      await removeNamespace(name);
    }
  }
}

async function endProcessesIn(namespace: string): Promise<void> {
  for (const pid of (await run("ip", ["netns", "pids", namespace])).split(/\s+/).filter(Boolean)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
}

async function removeNamespace(name: string): Promise<void> {
  if (existsSync(join(RUN_NETNS, name))) await run("ip", ["netns", "del", name]);
  rmSync(join(ETC_NETNS, name), { recursive: true, force: true });
}

/** Makes namespaces, links, addresses, routes and kube-proxy's rules. The caller removes them, also after a failure. */
export async function buildNetwork(
  cluster: LabCluster,
  names: NamespaceNames,
  timestamps: TimestampUse,
): Promise<void> {
  for (const name of allNamespaces(cluster, names)) await run("ip", ["netns", "add", name]);
  for (const { namespace, ip, bridge = [], sysctls } of networkCommands(cluster, names, timestamps)) {
    // Settings of an interface come after it, those for all interfaces to come before.
    const [late, early] = [
      sysctls.filter(([key]) => key.includes("cali")),
      sysctls.filter(([key]) => !key.includes("cali")),
    ];
    await writeSysctls(namespace, early);
    await run("ip", ["-n", namespace, "-batch", "-"], ip.map((line) => `${line}\n`).join(""));
    if (bridge.length > 0)
      await run("bridge", ["-n", namespace, "-batch", "-"], bridge.map((line) => `${line}\n`).join(""));
    await writeSysctls(namespace, late);
  }
  await applyRules(cluster, names, 0);
  for (const pod of cluster.pods.filter(({ workload, slot }) => slot >= 0 && workload.droppedPort !== null)) {
    const drop = `table inet firewall { chain input { type filter hook input priority 0; tcp dport ${pod.workload.droppedPort} drop; }; }`;
    await run("ip", ["netns", "exec", names.pod(pod), "nft", "-f", "-"], drop);
  }
}

/** Puts kube-proxy's rules for a moment of the traffic time (0 to 1) on every node. */
export async function applyRules(cluster: LabCluster, names: NamespaceNames, at: number): Promise<void> {
  const rules = kubeProxyRules(cluster, at);
  await Promise.all(
    cluster.nodes.map((node) => run("ip", ["netns", "exec", names.node(node), "nft", "-f", "-"], rules)),
  );
}

export async function removeNetwork(cluster: LabCluster, names: NamespaceNames): Promise<void> {
  for (const name of allNamespaces(cluster, names)) await removeNamespace(name);
}

/** Says which file stands in for /etc/resolv.conf for the programs that are started in the namespace from now on. */
export function writeResolvConf(namespace: string, text: string): void {
  mkdirSync(join(ETC_NETNS, namespace), { recursive: true });
  writeFileSync(join(ETC_NETNS, namespace, "resolv.conf"), text);
}

/** Interface indexes and names of a namespace, as captures with LINUX_SLL2 would have them. */
export async function interfaceNames(namespace: string): Promise<Record<string, string>> {
  const links = JSON.parse(await run("ip", ["-n", namespace, "-json", "link"])) as {
    ifindex: number;
    ifname: string;
  }[];
  return Object.fromEntries(links.map(({ ifindex, ifname }) => [String(ifindex), ifname]));
}

async function writeSysctls(namespace: string, sysctls: readonly (readonly [string, string])[]): Promise<void> {
  if (sysctls.length === 0) return;
  const lines = sysctls.map(
    ([key, value]) => `echo ${value} > /proc/sys/${key} || { echo "no /proc/sys/${key}" >&2; exit 1; }\n`,
  );
  try {
    await run("ip", ["netns", "exec", namespace, "sh", "-e"], lines.join(""));
  } catch (error) {
    if (!String(error).includes("bridge-nf-call")) throw error;
    throw new Error("the kernel has no br_netfilter: load it (modprobe br_netfilter) or use --network ptp", {
      cause: error,
    });
  }
}
