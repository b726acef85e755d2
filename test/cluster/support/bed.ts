// EDGE: child_process, fs
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ApiObject } from "../../servers/kubernetes-api.ts";
import { serverProgram } from "../../servers/server-programs.ts";
import { repositoryRoot } from "../../support/paths.ts";
import { until } from "../../support/until.ts";
import type { Attempt } from "../pods/traffic-program.ts";
import { AttemptLogs } from "./attempt-logs.ts";

const run = promisify(execFile);
const MAX_BUFFER = 1 << 26;
/** For what takes seconds on an idle machine: other tests may keep it busy. */
const PATIENCE_SECONDS = 300;

export interface BedOptions {
  readonly nodes: number;
  /** As of scripts/cluster.sh. */
  readonly network?: "bridge" | "ptp-vxlan";
  readonly proxy?: "iptables" | "nftables";
  /** Addresses of each node for its pods: few are used again soon. */
  readonly pods?: number;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let made = 0;
/** For a look at a bed whose test has failed. */
const isKept = process.env.WIRESPAN_KEEP_CLUSTER === "1";

/** A real cluster of scripts/cluster.sh, for one file of tests. */
export class Bed {
  readonly name: string;
  /** Its folder. */
  readonly state: string;
  /** Process id of its first process. */
  readonly pid: number;
  /** Pods write here, through a hostPath volume: what they dialed. */
  readonly logs: string;

  readonly #attemptLogs: AttemptLogs;
  /** First processes of containers, by their ids. */
  readonly #pids = new Map<string, number>();
  /** Folder of busybox. */
  readonly #programs: string;

  private constructor(name: string, state: string, programs: string) {
    this.name = name;
    this.#programs = programs;
    this.state = state;
    this.pid = Number(readFileSync(join(state, "pid"), "utf8").split(" ")[0]);
    this.logs = join(state, "attempts");
    mkdirSync(this.logs, { recursive: true });
    this.#attemptLogs = new AttemptLogs(this.logs);
  }

  static async start({ nodes, network = "bridge", proxy = "iptables", pods = 100 }: BedOptions): Promise<Bed> {
    const name = `test-${process.pid}-${made++}`;
    const options = ["--nodes", String(nodes), "--network", network, "--proxy", proxy, "--pods", String(pods)];
    if (!isKept) options.push("--owner", String(process.pid));
    const { stdout } = await script("up", "--name", name, ...options);
    const { stdout: unpacked } = await run("bash", [join(repositoryRoot, "scripts/setup-cluster.sh")]);
    return new Bed(name, stdout.trim().split("\n").at(-1) ?? "", join(unpacked.trim().split("\n").at(-1) ?? "", "bin"));
  }

  async stop(): Promise<void> {
    if (!isKept) await script("down", "--name", this.name);
  }

  /** Adds a node and waits until it is ready. */
  async addNode(): Promise<void> {
    await script("add-node", "--name", this.name);
  }

  /** Ends a program of the control plane; it is started again at once. */
  async kill(program: string): Promise<void> {
    await script("kill", program, "--name", this.name);
  }

  /** Runs a program to its end in the bed's network, outside the cluster. */
  async run(program: string, args: readonly string[], input?: string): Promise<CommandResult> {
    return new Promise((resolve) => {
      const command = [`--net=/proc/${this.pid}/ns/net`, program, ...args];
      const env = {
        ...process.env,
        KUBECONFIG: join(this.state, "certificates/admin.kubeconfig"),
        HELM_CACHE_HOME: join(this.state, "helm"),
        HELM_CONFIG_HOME: join(this.state, "helm"),
        HELM_DATA_HOME: join(this.state, "helm"),
      };
      const child = execFile("nsenter", command, { env, maxBuffer: MAX_BUFFER }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, stdout, stderr });
      });
      // A program that ended before it read its input is known by its exit code.
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(input);
    });
  }

  /** Process ids, on this machine, of all processes of a container, the first one first. */
  containerPids(containerId: string): number[] {
    const id = idOf(containerId);
    const found = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => ({ pid: Number(name), inside: pidInside(name, id) }))
      .filter(({ inside }) => inside > 0)
      .toSorted((one, other) => one.inside - other.inside);
    if (found.length === 0) throw new Error(`no process of container ${id}`);
    return found.map(({ pid }) => pid);
  }

  /** The first process of a container. */
  containerPid(containerId: string): number {
    const known = this.#pids.get(containerId);
    if (known !== undefined && pidInside(String(known), idOf(containerId)) > 0) return known;
    const [pid = 0] = this.containerPids(containerId);
    this.#pids.set(containerId, pid);
    return pid;
  }

  /** Gets a page of a container from within its own network, which leaves no packets on any node. */
  async page(containerId: string, port: number, path: string): Promise<string> {
    const network = `--net=/proc/${this.containerPid(containerId)}/ns/net`;
    const { stdout } = await run("nsenter", [network, "busybox", "wget", "-qO-", `http://127.0.0.1:${port}${path}`], {
      env: { ...process.env, PATH: `${this.#programs}:${process.env.PATH}` },
      maxBuffer: MAX_BUFFER,
    });
    return stdout;
  }

  /** Standard output of kubectl; throws with its error. */
  async kubectl(...args: readonly string[]): Promise<string> {
    return this.#kubectl(args);
  }

  /** An object or a list of the API. */
  async get<T>(path: string): Promise<T> {
    return JSON.parse(await this.#kubectl(["get", "--raw", path])) as T;
  }

  async apply(objects: readonly ApiObject[]): Promise<void> {
    await this.#kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  }

  /** Waits until workloads (`deployment/web`) are rolled out. */
  async rolledOut(namespace: string, ...workloads: readonly string[]): Promise<void> {
    for (const workload of workloads) {
      await this.kubectl("-n", namespace, "rollout", "status", workload, `--timeout=${PATIENCE_SECONDS}s`).catch(
        async (error) => {
          const pods = await this.kubectl("-n", namespace, "get", "pods,events", "-o", "wide");
          throw new Error(`${workload} is not ready: ${error}\n${pods}`);
        },
      );
    }
  }

  async helm(...args: readonly string[]): Promise<CommandResult> {
    return this.run(await serverProgram("helm-4", "helm"), args);
  }

  /** Starts a module outside the cluster; it ends with the bed. */
  startOutside(module: string, env: Readonly<Record<string, string>>): void {
    const namespaces = ["--net", "--mount", "--pid", "--uts", "--ipc"];
    spawn("nsenter", ["--target", String(this.pid), ...namespaces, process.execPath, module], {
      env: { ...process.env, ...env },
      stdio: "ignore",
    }).unref();
  }

  /** Path of a gate that pods wait for; `open` lets them go. */
  gate(name: string): string {
    return join(this.logs, `${name}.gate`);
  }

  open(name: string): void {
    writeFileSync(this.gate(name), "");
  }

  close(name: string): void {
    rmSync(this.gate(name), { force: true });
  }

  /** Attempts since then of all pods whose log begins with this name. Throws if one of them had a problem. */
  attempts(prefix = "", sinceMillis = 0): Attempt[] {
    const lines = this.#attemptLogs.read(prefix).flatMap(({ lines }) => lines);
    const attempts = lines.filter((line) => "time" in line && line.time >= sinceMillis);
    const wrong = attempts.filter((line) => "problem" in line);
    if (wrong.length > 0) {
      throw new Error(`${wrong.length} calls were not as planned, the first: ${JSON.stringify(wrong[0])}`);
    }
    return attempts as Attempt[];
  }

  /** Resolves when this many pods have made all their calls. */
  async allCalled(prefix: string, pods: number): Promise<void> {
    const done = () => this.#attemptLogs.read(prefix).filter(({ state }) => state === "done").length;
    await until(`${pods} pods have called`, () => done() >= pods, PATIENCE_SECONDS * 1_000).catch((error) => {
      throw new Error(`${error}; ${done()} have: ${readdirSync(this.logs).join(" ")}`);
    });
  }

  /** Resolves when no pod is calling: every attempt is written down. */
  async allResting(): Promise<void> {
    const calling = () => this.#attemptLogs.read("").filter(({ state }) => state === "calling");
    await until("no pod is calling", async () => {
      const names = calling().map(({ name }) => name);
      if (names.length === 0) return true;
      // A pod that was killed writes nothing more.
      const { items } = await this.get<{ items: { metadata: { uid: string } }[] }>("/api/v1/pods");
      return !names.some((name) => items.some(({ metadata }) => name.includes(metadata.uid)));
    });
  }

  async #kubectl(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(await serverProgram("kubernetes", "kubectl"), args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}${stdout}`);
    return stdout;
  }
}

function idOf(containerId: string): string {
  return containerId.replace(/^containerd:\/\//, "");
}

/** Process id within its container; 0 for a process outside this container, or one that has ended meanwhile. */
function pidInside(pid: string, containerId: string): number {
  try {
    if (!readFileSync(`/proc/${pid}/cgroup`, "utf8").includes(containerId)) return 0;
    const [, inside = "0"] = /^NSpid:.*\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(inside);
  } catch {
    return 0;
  }
}

function script(...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const path = join(repositoryRoot, "scripts/cluster.sh");
  if (!existsSync(path)) throw new Error(`${path} is missing`);
  return run("bash", [path, ...args], { maxBuffer: MAX_BUFFER });
}
