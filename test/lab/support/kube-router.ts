// EDGE: child_process, fs
// kube-router on every node of a laboratory, for its firewall alone: it enforces the NetworkPolicies of a real API server.
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Kubernetes } from "../../servers/kubernetes.ts";
import { serverProgram } from "../../servers/server-programs.ts";
import { until } from "../../support/until.ts";
import type { Lab } from "../lab.ts";
import { run } from "./commands.ts";

export interface KubeRouters {
  /** Resolves when the rules of every node are those of the policies that the API server has now. */
  enforced(): Promise<void>;
  /** The end of their output, for messages. */
  log(): string;
}

export interface KubeRouterOptions {
  /** Ranges of the cluster IPs, with commas. */
  readonly serviceRanges: string;
  /** Where the API server answers on every node. */
  readonly apiServer: string;
  readonly directory: string;
}

/** Namespace of the policies by which `enforced` knows that everything before them is in the rules. */
const MARKERS = "markers";
/** Warnings and errors. */
const PROBLEM = /^[WEF]\d{4} /;
const LOG_CHARACTERS = 20_000;

/**
 * Starts one on each node; `lab.stop` ends them. Each node needs a pod of its own network: `enforced` waits for rules of a
 * policy that allows everything, which it makes in the namespace `MARKERS` of a pod that no program has.
 */
export async function startKubeRouters(
  lab: Lab,
  kubernetes: Kubernetes,
  { serviceRanges, apiServer, directory }: KubeRouterOptions,
): Promise<KubeRouters> {
  const program = await serverProgram("kube-router", "kube-router");
  const iptables = await serverProgram("iptables", "");
  const kubeconfig = join(directory, "kube-router.kubeconfig");
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(apiServer, kubernetes)));
  const env = environmentOf(writeIpsetShim(directory, iptables), iptables);
  const options = [
    "--run-firewall=true",
    "--run-router=false",
    "--run-service-proxy=false",
    "--run-loadbalancer=false",
    "--enable-ipv6=true",
    "--health-port=0",
    "--iptables-sync-period=5s",
    `--kubeconfig=${kubeconfig}`,
    ...serviceRanges.split(",").map((range) => `--service-cluster-ip-range=${range}`),
  ];
  await makeMarkerPods(lab, kubernetes);
  let log = "";
  const children = lab.cluster.nodes.map(({ name }): [string, ChildProcess] => {
    const command = [program, ...options, `--hostname-override=${name}`];
    const child = lab.spawnOnNode(name, command, { stdio: ["ignore", "ignore", "pipe"], env });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      // After an error it prints all rules.
      const problems = text.split("\n").filter((line) => PROBLEM.test(line));
      log = `${log}${problems.map((line) => `${name}: ${line}\n`).join("")}`.slice(-LOG_CHARACTERS);
    });
    return [name, child];
  });
  let markers = 0;
  const rulesOf = async (node: string): Promise<string> => {
    const namespace = lab.namespaces.get(node) ?? "";
    const tables = ["iptables-save", "ip6tables-save"].map((name) =>
      run("ip", ["netns", "exec", namespace, "env", ...assignments(iptables), join(iptables, "bin", name)]),
    );
    return (await Promise.all(tables)).join("");
  };
  return {
    log: () => log,
    async enforced() {
      const name = `marker-${++markers}`;
      await kubernetes.admin.create({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name, namespace: MARKERS },
        spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{}] },
      });
      for (const [node, child] of children) {
        await until(`kube-router of ${node} has the rules of ${name}`, async () => {
          if (child.exitCode !== null) throw new Error(`kube-router of ${node} ended:\n${log}`);
          const rules = await rulesOf(node);
          return rules.split(`"run through nw policy ${name}"`).length > 2;
        }).catch((error: unknown) => {
          throw new Error(`${error}\n${log}`);
        });
      }
    },
  };
}

/** Pods that exist in the API alone, one for each node, so that each node has rules of the markers. */
async function makeMarkerPods({ cluster }: Lab, { admin }: Kubernetes): Promise<void> {
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: MARKERS } });
  for (const { name, address, index } of cluster.nodes) {
    const [v4, v6] = [`198.18.255.${index + 1}`, `2001:db8:ffff::${index + 1}`];
    await admin.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `marker-${name}`, namespace: MARKERS },
      spec: { nodeName: name, containers: [{ name: "main", image: "none" }] },
      status: {
        phase: "Running",
        hostIP: address.v4,
        podIP: v4,
        podIPs: [{ ip: v4 }, { ip: v6 }],
      },
    });
  }
}

function kubeconfigOf(server: string, { authority, adminToken }: Kubernetes): object {
  const data = Buffer.from(readFileSync(authority, "utf8")).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "lab", cluster: { server, "certificate-authority-data": data } }],
    users: [{ name: "admin", user: { token: adminToken } }],
    contexts: [{ name: "lab", context: { cluster: "lab", user: "admin" } }],
    "current-context": "lab",
  };
}

/**
 * kube-router 2.1.0 creates its IPv6 sets as `inet6:NAME`, and refers to them as `NAME` in its rules, which it then cannot
 * load. An `ipset` that drops the prefix mends that. Since both of its handlers read all sets and write them again, each
 * writes only those of its own IP version. Returns the folder of that `ipset`.
 */
function writeIpsetShim(directory: string, iptables: string): string {
  const folder = join(directory, "bin");
  const ipset = join(iptables, "bin", "ipset");
  mkdirSync(folder, { recursive: true });
  const lines = [
    "#!/bin/sh",
    `if [ "$1" != restore ]; then`,
    `  for word; do set -- "$@" "\${word#inet6:}"; shift; done`,
    `  exec ${ipset} "$@"`,
    "fi",
    `lines=$(cat)`,
    `case $lines in`,
    `*inet6:*) printf '%s\\n' "$lines" | sed -e '/^swap [^ ]* inet6:/!{/^swap /d}' -e 's/inet6://g' ;;`,
    `*) printf '%s\\n' "$lines" | awk '$1 == "create" && / family inet6/ { six[$2] } !($1 == "swap" && $3 in six)' ;;`,
    `esac | ${ipset} "$@"`,
  ];
  writeFileSync(join(folder, "ipset"), `${lines.join("\n")}\n`, { mode: 0o755 });
  return folder;
}

/** The unpacked programs before those of the machine. */
function environmentOf(shims: string, iptables: string): NodeJS.ProcessEnv {
  const variables = Object.fromEntries(assignments(iptables).map((one) => one.split("=", 2)));
  const path = [shims, join(iptables, "bin"), process.env.PATH ?? "", "/usr/sbin", "/sbin"];
  return { ...process.env, ...variables, PATH: path.join(":") };
}

function assignments(iptables: string): string[] {
  return [
    `LD_LIBRARY_PATH=${join(iptables, "lib")}`,
    ...(existsSync(join(iptables, "xtables")) ? [`XTABLES_LIBDIR=${join(iptables, "xtables")}`] : []),
  ];
}
