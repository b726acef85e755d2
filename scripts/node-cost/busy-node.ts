// EDGE: child_process, fs, process
// A node with pods in network namespaces of their own, a DNS server behind a Service, kube-proxy's rules, programs in the
// pods, and the agent as the chart runs it: two processes that share a socket. Built from the parts of the laboratory.
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureFilter } from "../../src/capture/live/capture-filter.ts";
import { ClusterHistory } from "../../test/lab/cluster/cluster-life.ts";
import type { LabCluster, LabPod } from "../../test/lab/cluster/cluster-plan.ts";
import { resolvConf } from "../../test/lab/network/cluster-dns.ts";
import { startDnsServers } from "../../test/lab/network/dns-servers.ts";
import {
  applyRules,
  buildNetwork,
  namespacePrefix,
  removeLeftovers,
  removeNetwork,
  writeResolvConf,
} from "../../test/lab/network/network.ts";
import { namespaceNames, podSlots } from "../../test/lab/network/network-commands.ts";
import { end, run, spawnInNamespace, waitForLine } from "../../test/lab/support/commands.ts";
import { whyNoLab } from "../../test/lab/support/lab-requirements.ts";
import { RELAY, shareLoopback } from "../../test/lab/support/shared-loopback.ts";
import { repositoryRoot } from "../../test/support/paths.ts";
import type { Cleanup } from "../cleanup.ts";
import type { CpuShares } from "./cpu-shares.ts";
import { PodProgram } from "./pod-program.ts";
import { RunningAgent } from "./running-agent.ts";

/** Flows end early, so that a minute of thousands of connections a second fits into the kernel's table of them. */
const CONNTRACK = ["tcp_timeout_time_wait=10", "udp_timeout=5", "udp_timeout_stream=5"];

/** What is read of a child. */
const STDIO = {
  stdout: ["ignore", "pipe", "inherit"],
  stderr: ["ignore", "ignore", "pipe"],
  both: ["ignore", "pipe", "pipe"],
} as const;

export interface AgentOptions {
  /** A Collector's OTLP port on this machine's loopback. */
  readonly collector: number;
  /** Where it knows the cluster from; by default a file with the cluster as it is. */
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface BusyNodeOptions {
  /** Of the pods' programs, as nice(1) counts; by default this process's. */
  readonly loadPriority?: number;
  /** By default each process has as much of a busy core as any other. */
  readonly shares?: CpuShares | null;
}

export class BusyNode {
  readonly cluster: LabCluster;
  readonly history: ClusterHistory;
  readonly directory = mkdtempSync(join(tmpdir(), "wirespan-node-"));
  readonly #names = namespaceNames(namespacePrefix());
  readonly #programs = new Map<number, PodProgram>();
  readonly #children: ChildProcess[] = [];
  readonly #shared = new Map<number, Server>();
  readonly #shares: CpuShares | null;
  #building: Promise<void> = Promise.resolve();
  #agents = 0;

  private constructor(cluster: LabCluster, shares: CpuShares | null) {
    this.cluster = cluster;
    this.#shares = shares;
    this.history = new ClusterHistory(cluster, Date.now() / 1_000);
  }

  /** The network, DNS, and a program that does nothing yet in each pod's namespace. */
  static async start(cluster: LabCluster, cleanup: Cleanup, options: BusyNodeOptions = {}): Promise<BusyNode> {
    const problem = await whyNoLab();
    if (problem !== null) throw new Error(problem);
    await removeLeftovers();
    const node = new BusyNode(cluster, options.shares ?? null);
    cleanup.add(() => node.#stop());
    node.#building = node.#build(options.loadPriority ?? null);
    await node.#building;
    return node;
  }

  get name(): string {
    return this.#node.name;
  }

  /** The program in the namespace of this pod, and of all others of its slot. */
  program(pod: LabPod | number): PodProgram {
    const slot = typeof pod === "number" ? pod : pod.slot;
    const program = this.#programs.get(slot);
    if (program === undefined) throw new Error(`no program runs in slot ${slot}`);
    return program;
  }

  /** kube-proxy's rules as of this share of the run. */
  async route(at: number): Promise<void> {
    await applyRules(this.cluster, this.#names, at);
  }

  /** Lets programs on the node reach a port of this machine's loopback, under the same number. */
  async share(port: number): Promise<void> {
    if (this.#shared.has(port)) return;
    const socket = join(this.directory, `${port}.sock`);
    this.#shared.set(port, shareLoopback(socket, port));
    const relay = this.#spawn([process.execPath, RELAY, String(port), socket], {}, "stdout");
    this.#shares?.application("collector", relay.pid);
    await waitForLine(relay, "stdout", "listening");
  }

  /** A sensor and an agent that capture. */
  async startAgent({ collector, args, environment = {} }: AgentOptions): Promise<RunningAgent> {
    await this.share(collector);
    const prefix = join(this.directory, `agent-${this.#agents++}`);
    const program = join(repositoryRoot, "dist/bin/wirespan");
    const sensor = this.#spawn([program, "sensor", "--socket", `${prefix}.sensor`], {}, "stderr");
    this.#shares?.sensor(sensor.pid);
    await waitForLine(sensor, "stderr", "capturing on");
    const cluster = join(this.directory, "cluster.json");
    writeFileSync(cluster, JSON.stringify(this.history.list()));
    const own = ["--sensor", `${prefix}.sensor`, "--node", this.name, "--agents", this.name];
    // At its end only: the chart asks for no file that is written every second.
    const output = ["--listen", `unix:${prefix}.health`, "--stats", "-"];
    const variables = { ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector}` };
    const knowledge = args ?? ["--cluster", cluster];
    const agent = this.#spawn([program, "agent", ...own, ...output, ...knowledge], variables, "both");
    this.#shares?.agent(agent.pid);
    const running = new RunningAgent(sensor, agent);
    await waitForLine(agent, "stderr", "capturing through");
    return running;
  }

  /** tcpdump writes what the sensor's own filter lets through to /dev/null. */
  async startTcpdump(): Promise<ChildProcess> {
    const filter = captureFilter({ dnsPorts: [53] });
    const child = this.#spawn(["tcpdump", "-i", "any", "-n", "-w", "/dev/null", filter], {}, "stderr");
    await waitForLine(child, "stderr", "listening on");
    return child;
  }

  async #stop(): Promise<void> {
    // What a build under way has made is there to be removed when it ends.
    await this.#building.catch(() => undefined);
    await Promise.all([...this.#programs.values()].map((program) => program.stop()));
    await Promise.all(this.#children.map((child) => end(child)));
    for (const server of this.#shared.values()) server.close();
    await removeNetwork(this.cluster, this.#names);
    rmSync(this.directory, { recursive: true, force: true });
  }

  get #node() {
    const [node] = this.cluster.nodes;
    if (node === undefined) throw new Error("a cluster without a node");
    return node;
  }

  async #build(loadPriority: number | null): Promise<void> {
    const { cluster } = this;
    await buildNetwork(cluster, this.#names, "all");
    const node = this.#names.node(this.#node);
    await this.#set(node, ...CONNTRACK.map((setting) => `net.netfilter.nf_conntrack_${setting}`));
    const dns = await startDnsServers(cluster, this.#names, this.directory);
    for (const server of dns) this.#shares?.application("dns", server.pid);
    this.#children.push(...dns);
    for (const pod of podSlots(cluster).filter(({ workload }) => workload.name !== "coredns")) {
      const namespace = this.#names.pod(pod);
      await this.#set(namespace, "net.ipv4.ip_local_port_range=1024 65535", "net.core.somaxconn=4096");
      writeResolvConf(namespace, resolvConf(cluster, pod.workload.namespace));
      const program = new PodProgram(namespace, loadPriority);
      this.#shares?.application(`${pod.workload.name}-${pod.slot}`, program.pid);
      this.#programs.set(pod.slot, program);
    }
    await Promise.all([...this.#programs.values()].map((program) => program.next("ready")));
  }

  async #set(namespace: string, ...settings: string[]): Promise<void> {
    await run("ip", ["netns", "exec", namespace, "sysctl", "-qw", ...settings]);
  }

  #spawn(command: readonly string[], environment: NodeJS.ProcessEnv, read: keyof typeof STDIO): ChildProcess {
    const namespace = this.#names.node(this.#node);
    const child = spawnInNamespace(namespace, command, {
      stdio: [...STDIO[read]],
      env: { ...process.env, ...environment },
    });
    this.#children.push(child);
    return child;
  }
}
