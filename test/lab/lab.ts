// EDGE: child_process, fs, process
// The laboratory: a small cluster of network namespaces with real TCP stacks, a real DNS server and the glibc resolver.
// plan (shop.ts, traffic-plan.ts) → network (network.ts) → programs (programs.ts) → truth (truth.ts), watch log, captures.

import type { ChildProcess, SpawnOptions } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { getPriority, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { type ClusterChange, ClusterHistory, clusterChanges, type WatchEvent } from "./cluster/cluster-life.ts";
import {
  type ClusterLife,
  type LabCluster,
  type LabPod,
  type NetworkKind,
  type OverlayKind,
  workloadKey,
} from "./cluster/cluster-plan.ts";
import type { KubernetesObject } from "./cluster/kubernetes-objects.ts";
import { seededRandom } from "./cluster/random.ts";
import { planShop } from "./cluster/shop.ts";
import { resolvConf } from "./network/cluster-dns.ts";
import { startDnsServers } from "./network/dns-servers.ts";
import {
  applyRules,
  buildNetwork,
  namespacePrefix,
  removeLeftovers,
  removeNetwork,
  writeResolvConf,
} from "./network/network.ts";
import { allNamespaces, type NamespaceNames, namespaceNames, type TimestampUse } from "./network/network-commands.ts";
import { outsideListeners, podListeners } from "./programs/listeners.ts";
import type { ClientAction, ClientResult } from "./programs/program-messages.ts";
import { Programs } from "./programs/programs.ts";
import { end, run, spawnInNamespace } from "./support/commands.ts";
import { whyNoLab } from "./support/lab-requirements.ts";
import { planTraffic, type TrafficProfile } from "./traffic/shop-traffic.ts";
import type { Client, PlannedAction } from "./traffic/traffic-plan.ts";
import { joinTruth, type TruthLine } from "./traffic/truth.ts";

export interface LabOptions {
  readonly network: NetworkKind;
  readonly overlay: OverlayKind;
  readonly seed: number;
  /** How long clients begin something new. */
  readonly seconds: number;
  readonly profile: TrafficProfile;
  /** Everybody by default. */
  readonly timestamps?: TimestampUse;
  /** Changing by default. */
  readonly life?: ClusterLife;
  /** Folder for cluster.json and events.jsonl; it is made. */
  readonly directory: string;
  /** Called with changes of the cluster while the clients run. */
  readonly onEvents?: (events: readonly WatchEvent[]) => void;
  /** Longest time from a pod's first packet to the update with its address, where updates take a time of their own; 1.6 s. */
  readonly lastUpdateSeconds?: number;
}

/** A lookup, a connection to an address, or both. */
export interface Attempt {
  readonly client: Client;
  /** Looked up; nothing follows it. */
  readonly name?: string;
  readonly address?: string;
  readonly port?: number;
}

export interface Lab {
  readonly cluster: LabCluster;
  /** Network namespace of each node, by the node's name. */
  readonly namespaces: ReadonlyMap<string, string>;
  /** The cluster when the laboratory was ready, as `kubectl get … -o json` prints it. */
  readonly clusterFile: string;
  /** Watch log: all objects at first, then what happens, written as it happens. */
  readonly eventsFile: string;
  /** Starts a program on a node; `stop` ends it if it still runs. */
  spawnOnNode(node: string, command: readonly string[], options: SpawnOptions): ChildProcess;
  /** The same beside a pod's program, in the pod's network namespace. */
  spawnInPod(pod: LabPod, command: readonly string[], options: SpawnOptions): ChildProcess;
  /** Runs a script of the shell to its end on a node, or in a pod's network namespace: its output. Rejects when it fails. */
  runOnNode(node: string, script: string): Promise<string>;
  runInPod(pod: LabPod, script: string): Promise<string>;
  /** Lets the clients run, once; resolves with the truth when all of them are done. */
  runTraffic(): Promise<readonly TruthLine[]>;
  /** Lets clients dial now, beside the planned traffic; resolves with what came of each attempt, in order. */
  attempt(attempts: readonly Attempt[]): Promise<readonly ClientResult[]>;
  /** The cluster as it is now, in the shape of `clusterFile`. */
  listCluster(): { readonly items: readonly KubernetesObject[] };
  /** Ends the programs by pid and removes the namespaces. Any number of times. */
  stop(): Promise<void>;
}

/** From `runTraffic` to the first action; programs get their plans in between. */
const LEAD_MS = 700;
/** Of this process while traffic runs, as that of the programs. */
const UPDATES_PRIORITY = -10;
/** Between two attempts, which are numbered from here on. */
const ATTEMPT_GAP_MS = 12;
const FIRST_ATTEMPT = 1_000_000;
/** Beyond the last action: SYNs repeated for 4.2 s, and slack on a busy machine. */
const PATIENCE_MS = 20_000;

/** Builds the cluster and starts everything but the clients. Cleans up after itself when it fails. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const problem = await whyNoLab();
  if (problem !== null) throw new Error(problem);
  await removeLeftovers();
  const lab = new RunningLab(options);
  try {
    await lab.start();
  } catch (error) {
    await lab.stop();
    throw error;
  }
  return lab;
}

class RunningLab implements Lab {
  readonly cluster: LabCluster;
  readonly namespaces: ReadonlyMap<string, string>;
  readonly clusterFile: string;
  readonly eventsFile: string;
  readonly #options: LabOptions;
  readonly #names: NamespaceNames;
  readonly #programs = new Programs();
  readonly #children: ChildProcess[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #scratch = mkdtempSync(join(tmpdir(), "wirespan-lab-"));
  readonly #history: ClusterHistory;
  readonly #changes: readonly ClusterChange[];
  readonly #traffic: readonly PlannedAction[];
  readonly #onSignal = (): void => void this.stop().finally(() => process.exit(130));
  #attempts = 0;
  #starting: Promise<void> | null = null;
  #stopped: Promise<void> | null = null;

  constructor(options: LabOptions) {
    this.#options = options;
    this.cluster = planShop(options.seed, options.network, options.overlay, options.life);
    this.#names = namespaceNames(namespacePrefix());
    this.namespaces = new Map(this.cluster.nodes.map((node) => [node.name, this.#names.node(node)]));
    mkdirSync(options.directory, { recursive: true });
    this.clusterFile = join(options.directory, "cluster.json");
    this.eventsFile = join(options.directory, "events.jsonl");
    const random = seededRandom(options.seed ^ 0x5eed);
    this.#changes = clusterChanges(this.cluster, options.seconds, random, options.lastUpdateSeconds);
    this.#traffic = planTraffic(this.cluster, options.seconds, options.profile, random);
    this.#history = new ClusterHistory(this.cluster, Date.now() / 1000);
  }

  start(): Promise<void> {
    this.#starting = this.#build();
    return this.#starting;
  }

  async #build(): Promise<void> {
    process.once("SIGINT", this.#onSignal).once("SIGTERM", this.#onSignal);
    await buildNetwork(this.cluster, this.#names, this.#options.timestamps ?? "all");
    this.#children.push(...(await startDnsServers(this.cluster, this.#names, this.#scratch)));
    if (this.#stopped !== null) return;
    this.#startPrograms();
    await this.#programs.ready();
    for (const pod of this.cluster.pods.filter(({ from }) => from === 0)) this.#serve(pod);
    for (const command of outsideListeners(this.#traffic)) this.#programs.send(this.#names.outside, command);
    await this.#programs.listening();
    const t = Date.now() / 1000;
    const list = this.#history.list();
    writeFileSync(this.clusterFile, JSON.stringify(list));
    writeFileSync(
      this.eventsFile,
      list.items.map((object) => `${JSON.stringify({ t, type: "ADDED", object })}\n`).join(""),
    );
  }

  spawnOnNode(node: string, command: readonly string[], options: SpawnOptions): ChildProcess {
    const namespace = this.namespaces.get(node);
    if (namespace === undefined) throw new Error(`there is no node ${node}`);
    return this.#spawn(namespace, command, options);
  }

  spawnInPod(pod: LabPod, command: readonly string[], options: SpawnOptions): ChildProcess {
    return this.#spawn(this.#names.pod(pod), command, options);
  }

  runOnNode(node: string, script: string): Promise<string> {
    return run("ip", ["netns", "exec", this.namespaces.get(node) ?? "", "sh", "-ec", script]);
  }

  runInPod(pod: LabPod, script: string): Promise<string> {
    return run("ip", ["netns", "exec", this.#names.pod(pod), "sh", "-ec", script]);
  }

  #spawn(namespace: string, command: readonly string[], options: SpawnOptions): ChildProcess {
    const child = spawnInNamespace(namespace, command, options);
    this.#children.push(child);
    return child;
  }

  async runTraffic(): Promise<readonly TruthLine[]> {
    // Updates of the cluster come from timers of this process: they must not wait behind whatever else the machine does.
    const priority = getPriority();
    setPriority(UPDATES_PRIORITY);
    try {
      return await this.#runPlan();
    } finally {
      setPriority(priority);
    }
  }

  async #runPlan(): Promise<readonly TruthLine[]> {
    const startMs = Date.now() + LEAD_MS;
    for (const change of this.#changes) this.#later(startMs + change.at * 1000, () => this.#happen(change));
    const plans = new Map<string, PlannedAction[]>();
    for (const planned of this.#traffic) {
      const namespace = this.#namespaceOf(planned.client);
      plans.set(namespace, [...(plans.get(namespace) ?? []), planned]);
    }
    for (const [namespace, planned] of plans) {
      const actions = planned.map(({ action }) => ({ ...action, atMs: startMs + action.atMs }));
      this.#programs.send(namespace, { type: "act", actions });
    }
    const expected = this.#traffic.reduce((sum, { action }) => sum + Math.max(1, action.connections), 0);
    await this.#programs.finished(expected, LEAD_MS + this.#options.seconds * 1000 + PATIENCE_MS);
    const { results, accepts, problems } = this.#programs;
    const truth = joinTruth(this.cluster, this.#traffic, results, accepts);
    const wrong = [...problems, ...truth.problems];
    if (wrong.length > 0) throw new Error(`the laboratory itself is wrong:\n${wrong.join("\n")}`);
    return truth.lines;
  }

  async attempt(attempts: readonly Attempt[]): Promise<readonly ClientResult[]> {
    const known = this.#programs.results.length;
    const startMs = Date.now() + LEAD_MS;
    for (const [i, { client, name = null, address = null, port = 0 }] of attempts.entries()) {
      const isV6 = address?.includes(":") ?? false;
      const { outsideClients } = this.cluster;
      const action: ClientAction = {
        id: FIRST_ATTEMPT + this.#attempts + i,
        atMs: startMs + i * ATTEMPT_GAP_MS,
        name,
        address,
        family: 0,
        port,
        connections: address === null ? 0 : 1,
        gapMs: 0,
        from: client.type === "outside" ? (isV6 ? outsideClients.v6 : outsideClients.v4) : null,
        localPorts: [],
      };
      this.#programs.send(this.#namespaceOf(client), { type: "act", actions: [action] });
    }
    const first = FIRST_ATTEMPT + this.#attempts;
    this.#attempts += attempts.length;
    await this.#programs.finished(known + attempts.length, LEAD_MS + attempts.length * ATTEMPT_GAP_MS + PATIENCE_MS);
    return this.#programs.results.filter(({ id }) => id >= first).sort((a, b) => a.id - b.id);
  }

  listCluster() {
    return this.#history.list();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#clear();
    return this.#stopped;
  }

  async #clear(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    process.removeListener("SIGINT", this.#onSignal).removeListener("SIGTERM", this.#onSignal);
    await this.#programs.close();
    // A start that was under way ends now, and what it had begun is there to be ended.
    await this.#starting?.catch(() => undefined);
    await Promise.all([this.#programs.close(), ...this.#children.map((server) => end(server))]);
    await removeNetwork(this.cluster, this.#names);
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  #startPrograms(): void {
    const isDns = new Set(this.cluster.pods.filter(({ workload }) => workload.name === "coredns").map(this.#names.pod));
    for (const node of this.cluster.nodes) writeResolvConf(this.#names.node(node), resolvConf(this.cluster, "edge"));
    // Pods that follow each other on one address are of one Kubernetes namespace: they share the search path.
    for (const pod of this.cluster.pods.filter(({ slot }) => slot >= 0)) {
      writeResolvConf(this.#names.pod(pod), resolvConf(this.cluster, pod.workload.namespace));
    }
    for (const namespace of allNamespaces(this.cluster, this.#names)) {
      if (!isDns.has(namespace)) this.#programs.start(namespace);
    }
  }

  #serve(pod: LabPod): void {
    for (const command of podListeners(pod)) this.#programs.send(this.#names.pod(pod), command);
  }

  #namespaceOf(client: Client): string {
    if (client.type === "outside") return this.#names.outside;
    return client.type === "pod" ? this.#names.pod(client.pod) : this.#names.node(client.node);
  }

  #later(atMs: number, action: () => void): void {
    const timer = setTimeout(
      () => {
        try {
          action();
        } catch (error) {
          this.#programs.problems.push(String(error));
        }
      },
      Math.max(0, atMs - Date.now()),
    );
    this.#timers.add(timer);
  }

  #happen(change: ClusterChange): void {
    const { pod, what } = change;
    if (what === "starts") this.#serve(pod);
    if (what === "ends" && pod.workload.port !== null) {
      this.#programs.send(this.#names.pod(pod), { type: "close", port: pod.workload.port });
    }
    const events = this.#history.apply(change, Date.now() / 1000);
    this.#options.onEvents?.(events);
    appendFileSync(this.eventsFile, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    const hasService = this.cluster.services.some(({ workloads }) => workloads.includes(workloadKey(pod.workload)));
    const at = what === "known" ? pod.from : pod.to;
    if (!hasService || what === "starts" || what === "created") return;
    applyRules(this.cluster, this.#names, at).catch((error: unknown) => this.#programs.problems.push(String(error)));
  }
}
