// EDGE: fs
// A laboratory whose NetworkPolicies kube-router enforces: its traffic is recorded, and dialed again.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { parseAllDocuments } from "yaml";
import { type Kubernetes, startKubernetes } from "../../servers/kubernetes.ts";
import type { ApiObject } from "../../servers/kubernetes-api.ts";
import { wirespan } from "../../support/cli/wirespan.ts";
import { type LabPod, type NetworkKind, type OverlayKind, workloadKey } from "../cluster/cluster-plan.ts";
import { planShop } from "../cluster/shop.ts";
import { type Attempt, type Lab, startLab } from "../lab.ts";
import type { ClientResult } from "../programs/program-messages.ts";
import type { Client } from "../traffic/traffic-plan.ts";
import type { TruthEnd, TruthLine } from "../traffic/truth.ts";
import { ApiMirror } from "./api-mirror.ts";
import { shareApiServer } from "./api-on-nodes.ts";
import { startCaptures } from "./captures.ts";
import { type KubeRouters, startKubeRouters } from "./kube-router.ts";
import { serviceRanges } from "./service-ranges.ts";

export interface PolicedOptions {
  readonly network: NetworkKind;
  readonly overlay: OverlayKind;
  readonly seed: number;
  readonly seconds: number;
}

/** Prints a line for each neighbor that was not kept before. */
const KEEP_NEIGHBORS = [
  "new=$(ip -6 neigh show |",
  `awk '$4 == "lladdr" && $NF != "PERMANENT" { print "neigh replace", $1, "lladdr", $5, "dev", $3, "nud permanent" }')`,
  `if [ -n "$new" ]; then echo "$new"; echo "$new" | ip -batch -; fi`,
].join("\n");
const MAX_ROUNDS = 6;
const MAX_TRIES = 3;
const RULES_MILLIS = 15_000;
/** Pods answer with a RST. */
const CLOSED_PORT = 9;
const WITHOUT_ICMP_LIMITS = "echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; echo 0 > /proc/sys/net/ipv6/icmp/ratelimit";

/** Labels of namespaces, so that policies can select them by more than their name. */
export const TEAMS: Readonly<Record<string, string>> = { shop: "red", data: "blue" };

/** An attempt, and what it must be called in a message. */
export interface NamedAttempt extends Attempt {
  readonly title: string;
}

export class PolicedLab {
  readonly lab: Lab;
  readonly kubernetes: Kubernetes;
  readonly directory: string;
  readonly #routers: KubeRouters;
  readonly #applied = new Map<string, ApiObject>();

  private constructor(lab: Lab, kubernetes: Kubernetes, directory: string, routers: KubeRouters) {
    this.lab = lab;
    this.kubernetes = kubernetes;
    this.directory = directory;
    this.#routers = routers;
  }

  /** All pods live all the time, so that an engine knows each of them before it sends. */
  static async start(t: Pick<TestContext, "after">, options: PolicedOptions): Promise<PolicedLab> {
    const { network, overlay, seed, seconds } = options;
    const directory = mkdtempSync(join(tmpdir(), "wirespan-policed-"));
    const plan = planShop(seed, network, overlay, "steady");
    const ranges = serviceRanges(plan);
    const kubernetes = await startKubernetes({
      args: [`--service-cluster-ip-range=${ranges}`, "--endpoint-reconciler-type=none"],
    });
    let lab: Lab | null = null;
    t.after(async () => {
      await lab?.stop();
      await kubernetes.stop();
      rmSync(directory, { recursive: true, force: true });
    });
    lab = await startLab({ network, overlay, seed, seconds, directory, profile: "matrix", life: "steady" });
    await new ApiMirror(kubernetes.admin).fill(lab.listCluster().items);
    for (const [name, team] of Object.entries(TEAMS)) {
      await kubernetes.admin.patch(
        { apiVersion: "v1", kind: "Namespace", metadata: { name } },
        { metadata: { labels: { team } } },
      );
    }
    await shareApiServer(t, lab, kubernetes.port, directory);
    const apiServer = `https://127.0.0.1:${kubernetes.port}`;
    // Otherwise a node that has just refused connections of a pod does not say so for a second.
    for (const { name } of lab.cluster.nodes) await lab.runOnNode(name, WITHOUT_ICMP_LIMITS);
    const routers = await startKubeRouters(lab, kubernetes, { serviceRanges: ranges, apiServer, directory });
    await routers.enforced();
    return new PolicedLab(lab, kubernetes, directory, routers);
  }

  /** Lets the planned traffic run, once, and records it. */
  async observe(): Promise<readonly TruthLine[]> {
    const captures = await startCaptures(this.lab, this.directory);
    const truth = await this.lab.runTraffic();
    await captures.stop();
    return truth;
  }

  /** Options of the command line that read the recording. */
  get recording(): readonly string[] {
    const nodes = this.lab.cluster.nodes.map(({ name }) => name);
    return [
      "--cluster",
      this.lab.clusterFile,
      "--events",
      this.lab.eventsFile,
      "--agents",
      nodes.join(","),
      ...nodes.flatMap((node) => ["--capture", `${node}=${join(this.directory, `${node}.pcap`)}`]),
    ];
  }

  /** What `wirespan policies` writes from the recording: the policies, and the denial of the rest. */
  async writtenPolicies(): Promise<readonly ApiObject[]> {
    const deny = join(this.directory, "deny.yaml");
    const { code, stdout, stderr } = await wirespan(["policies", ...this.recording, "--default-deny", deny]);
    assert.equal(code, 0, stderr);
    return [...documentsOf(stdout), ...documentsOf(readFileSync(deny, "utf8"))];
  }

  /**
   * Makes all IPv6 neighbors known, and keeps their addresses: kube-router 2.1.0 refuses packets of neighbor discovery like any
   * others of a pod, and a Service leads to another endpoint each time. Resolves with how many became known in each round; the
   * kernel forgets some once all namespaces have 512, so there are rounds until none is new.
   */
  async keepNeighbors(): Promise<readonly number[]> {
    const { cluster } = this.lab;
    const pods = cluster.pods.filter(({ slot }) => slot >= 0);
    const each = pods.filter(hasProgram).flatMap((pod) => {
      const client: Client = { type: "pod", pod };
      return pods
        .filter((other) => other !== pod)
        .map(({ address }) => ({ client, address: address.v6, port: CLOSED_PORT }));
    });
    const rounds: number[] = [];
    do {
      await this.lab.attempt(each);
      const kept: string[] = [];
      for (const { name } of cluster.nodes) kept.push(await this.lab.runOnNode(name, KEEP_NEIGHBORS));
      for (const pod of pods) kept.push(await this.lab.runInPod(pod, KEEP_NEIGHBORS));
      rounds.push(kept.join("").split("\n").length - 1);
    } while (rounds.at(-1) !== 0 && rounds.length < MAX_ROUNDS);
    return rounds;
  }

  /** Makes these the policies of the cluster, and waits until each node enforces them. */
  async enforce(policies: readonly ApiObject[]): Promise<void> {
    const { admin } = this.kubernetes;
    for (const old of this.#applied.values()) await admin.delete(old);
    this.#applied.clear();
    for (const policy of policies) {
      await admin.create(policy);
      this.#applied.set(`${policy.metadata.namespace}/${policy.metadata.name}`, policy);
    }
    await this.#routers.enforced();
  }

  /** The attempts that did not succeed, with how they ended. What had no answer, as on a busy machine, is tried again. */
  async refused<T extends NamedAttempt>(attempts: readonly T[]): Promise<readonly (readonly [T, ClientResult])[]> {
    let failed = await this.#failed(attempts);
    for (let tries = 1; tries < MAX_TRIES; tries++) {
      const silent = failed.filter(([, result]) => isSilent(result)).map(([attempt]) => attempt);
      if (silent.length === 0) break;
      failed = [...failed.filter(([attempt]) => !silent.includes(attempt)), ...(await this.#failed(silent))];
    }
    return failed;
  }

  /**
   * As `refused`, by attempt. What differs from `isBlocked` (undefined: either may be) is tried again for 15 s: on a busy machine,
   * packets may still pass by kube-router's old rules while its new ones are there.
   */
  async refusedByRules<T extends NamedAttempt>(
    attempts: readonly T[],
    isBlocked: (attempt: T) => boolean | undefined,
  ): Promise<Map<T, ClientResult>> {
    const refused = new Map(await this.refused(attempts));
    const differs = (attempt: T): boolean => isBlocked(attempt) === !refused.has(attempt);
    const end = Date.now() + RULES_MILLIS;
    for (let wrong = attempts.filter(differs); wrong.length > 0 && Date.now() < end; wrong = wrong.filter(differs)) {
      const again = await this.refused(wrong);
      for (const attempt of wrong) refused.delete(attempt);
      for (const [attempt, result] of again) refused.set(attempt, result);
    }
    return refused;
  }

  async #failed<T extends NamedAttempt>(attempts: readonly T[]): Promise<readonly (readonly [T, ClientResult])[]> {
    const results = await this.lab.attempt(attempts);
    assert.equal(results.length, attempts.length);
    return attempts.flatMap((attempt, i) => {
      const result = results[i] as ClientResult;
      return result.outcome === "ok" ? [] : [[attempt, result] as const];
    });
  }

  /** A pod of each workload that has a network of its own and a program. */
  get pods(): readonly LabPod[] {
    const own = this.lab.cluster.pods.filter((pod) => pod.slot >= 0 && hasProgram(pod));
    return own.filter((pod, i) => own.findIndex(({ workload }) => workload === pod.workload) === i);
  }

  clientOf(end: TruthEnd): Client {
    const { nodes, pods } = this.lab.cluster;
    const node = nodes.find(({ name }) => name === end.node);
    if (end.kubelet === true && node !== undefined) return { type: "kubelet", node };
    const pod = pods.find(({ name }) => name === end.pod);
    return pod === undefined ? { type: "outside" } : { type: "pod", pod };
  }
}

function hasProgram({ workload }: LabPod): boolean {
  return workload.name !== "coredns";
}

/** Whether no answer came: from the server, the DNS server, or the neighbor. */
function isSilent({ outcome, error }: ClientResult): boolean {
  return outcome === "timeout" || error === "EAI_AGAIN" || error === "EHOSTUNREACH";
}

export interface Repeated extends NamedAttempt {
  readonly line: TruthLine;
}

/** What succeeded, to be dialed once more: each lookup, and each connection to the address that was dialed. */
export function repeated(lab: PolicedLab, truth: readonly TruthLine[]): readonly Repeated[] {
  const attempts = new Map<string, Repeated>();
  for (const line of truth) {
    const client = lab.clientOf(line.client);
    const who = line.client.pod ?? line.expect.client;
    const add = (what: string, more: Omit<Attempt, "client">): void => {
      attempts.set(`${who} ${what}`, { title: `${line.case}: ${who} to ${what}`, client, line, ...more });
    };
    if (line.kind === "connection" && line.outcome === "ok" && line.dialled !== null) {
      const at = line.dialled.lastIndexOf(":");
      const address = line.dialled.slice(0, at).replace(/^\[|\]$/g, "");
      add(line.dialled, { address, port: Number(line.dialled.slice(at + 1)) });
    }
    if (line.name !== null && line.outcome !== "nxdomain") add(line.name, { name: line.name });
  }
  return [...attempts.values()];
}

/** `client server port` of each connection that succeeded. */
export function seenConnections(truth: readonly TruthLine[]): ReadonlySet<string> {
  return new Set(
    truth.flatMap(({ kind, outcome, expect, server_addr: served }) =>
      kind === "connection" && outcome === "ok" ? [`${expect.client} ${expect.server} ${served?.[1]}`] : [],
    ),
  );
}

/**
 * `server port` of each connection that came, or may have come, with the address of a node: policies cannot distinguish such
 * clients from others outside of the pods.
 */
export function openPorts({ cluster }: Lab, truth: readonly TruthLine[]): ReadonlySet<string> {
  const nodes = new Set(cluster.nodes.flatMap(({ address }) => [address.v4, address.v6]));
  return new Set(
    truth.flatMap(({ kind, outcome, expect, client, server_addr: served, server_saw: seen }) => {
      const isOpen = client.external !== undefined || expect.client.startsWith("node:") || nodes.has(seen?.[0] ?? "");
      const isDrawn = kind === "connection" && outcome === "ok" && client.kubelet !== true;
      return isOpen && isDrawn ? [`${expect.server} ${served?.[1]}`] : [];
    }),
  );
}

/** An attempt between two ends; null: outside of the cluster. */
export interface Neighbor extends NamedAttempt {
  readonly from: LabPod | null;
  readonly to: LabPod | null;
  /** The client's address, where that is outside. */
  readonly source: string | null;
  readonly address: string;
  readonly port: number;
  /** As `seenConnections` has it. */
  readonly seen: string;
}

const EXTERNAL_PORT = 443;

/**
 * Each workload's pod dials the port of each other one's, at its own address, and a host outside; and a client outside dials
 * each of them.
 */
export function neighbors(lab: PolicedLab): readonly Neighbor[] {
  const { externals, silent, outsideClients } = lab.lab.cluster;
  const servers = lab.pods.filter(({ workload }) => workload.port !== null);
  const [host] = externals.filter(({ name, v4 }) => !silent.includes(name) && v4.length === 1);
  const named = (from: LabPod | null, to: LabPod | null, address: string, port: number, seen: string): Neighbor => {
    const client = from === null ? ({ type: "outside" } as const) : ({ type: "pod", pod: from } as const);
    const source = from === null ? outsideClients.v4 : null;
    return { title: `${seen} (${address})`, seen, from, to, source, client, address, port };
  };
  return [
    ...lab.pods.flatMap((pod, i) =>
      servers
        .filter(({ workload }) => workload !== pod.workload)
        .map((server, j) => {
          const port = server.workload.port ?? 0;
          const address = (i + j) % 2 === 0 ? server.address.v4 : server.address.v6;
          return named(
            pod,
            server,
            address,
            port,
            `${workloadKey(pod.workload)} ${workloadKey(server.workload)} ${port}`,
          );
        }),
    ),
    ...(host === undefined
      ? []
      : lab.pods.map((pod) =>
          named(
            pod,
            null,
            host.v4[0] ?? "",
            EXTERNAL_PORT,
            `${workloadKey(pod.workload)} external:${host.name} ${EXTERNAL_PORT}`,
          ),
        )),
    ...servers.map((server) => {
      const port = server.workload.port ?? 0;
      return named(null, server, server.address.v4, port, `external ${workloadKey(server.workload)} ${port}`);
    }),
  ];
}

function documentsOf(yaml: string): readonly ApiObject[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    const object = document.toJS() as ApiObject | null;
    return object === null ? [] : [object];
  });
}
