// EDGE: fs, process
// Cgroups as kubelet makes them from CPU requests: a program has its share of a busy core, whatever else wants to run there.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repositoryRoot } from "../../test/support/paths.ts";
import type { Cleanup } from "../cleanup.ts";

const PREFIX = "wirespan-bench-";
/** The most that the kernel takes: programs outside of the bed disturb it less. */
const ALL_SHARES = 262_144;
const MIN_SHARES = 2;
const AGENT_POD = "wirespan";

/** Where the kernel's CPU controller is mounted. */
interface Controller {
  readonly folder: string;
  readonly version: 1 | 2;
}

/** Millicores that the chart requests for the sensor and the agent. */
export function chartRequests(): { readonly sensor: number; readonly agent: number } {
  const text = readFileSync(join(repositoryRoot, "charts/wirespan/values.yaml"), "utf8");
  const values = parse(text) as Record<"sensor" | "agent", { resources: { requests: { cpu: string | number } } }>;
  const of = (name: "sensor" | "agent") => millicores(String(values[name].resources.requests.cpu));
  return { sensor: of("sensor"), agent: of("agent") };
}

/** Of a quantity of Kubernetes: `50m`, `0.5`, `2`. */
export function millicores(quantity: string): number {
  const value = quantity.endsWith("m") ? Number(quantity.slice(0, -1)) : Number(quantity) * 1_000;
  if (!(value > 0)) throw new Error(`${quantity} is no request of CPU`);
  return value;
}

/** As kubelet computes `cpu.shares` of a request. */
export const sharesOf = (request: number): number => Math.max(MIN_SHARES, Math.floor((request * 1024) / 1000));

/** As OCI runtimes map `cpu.shares` of cgroup v1 to `cpu.weight` of v2. */
export const weightOf = (shares: number): number => 1 + Math.floor(((shares - MIN_SHARES) * 9_999) / 262_142);

/** A group for each pod, and one in it for each of its containers. */
export class CpuShares {
  readonly #controller: Controller;
  readonly #bed: string;
  readonly #applicationRequest: number;
  readonly #own = chartRequests();
  /** Of each pod, the requests of its containers. */
  readonly #pods = new Map<string, Map<string, number>>();

  private constructor(controller: Controller, applicationRequest: number) {
    this.#controller = controller;
    this.#applicationRequest = applicationRequest;
    this.#bed = join(controller.folder, `${PREFIX}${process.pid}`);
  }

  /** Throws where this machine has no CPU controller that this process may write to. */
  static make(applicationRequest: number, cleanup: Cleanup): CpuShares {
    const controller = findController(readFileSync("/proc/self/mountinfo", "utf8"));
    if (controller === null) throw new Error("no CPU controller of cgroups is mounted");
    removeLeftovers(controller.folder);
    const shares = new CpuShares(controller, applicationRequest);
    cleanup.add(() => removeGroups(shares.#bed));
    if (controller.version === 2) enableCpu(controller.folder);
    shares.#makeGroup(shares.#bed, ALL_SHARES, true);
    for (const name of ["sensor", "agent"] as const) shares.#container(AGENT_POD, name, shares.#own[name]);
    return shares;
  }

  sensor(pid: number | undefined): void {
    this.#put(pid, AGENT_POD, "sensor", this.#own.sensor);
  }

  agent(pid: number | undefined): void {
    this.#put(pid, AGENT_POD, "agent", this.#own.agent);
  }

  /** A program of the only container of a pod that is not the agent's. */
  application(pod: string, pid: number | undefined): void {
    this.#put(pid, pod, "main", this.#applicationRequest);
  }

  #put(pid: number | undefined, pod: string, container: string, request: number): void {
    if (pid === undefined) return;
    writeFileSync(join(this.#container(pod, container, request), "cgroup.procs"), String(pid));
  }

  /** The folder of a container's group. */
  #container(pod: string, container: string, request: number): string {
    const requests = this.#pods.get(pod) ?? new Map<string, number>();
    this.#pods.set(pod, requests.set(container, request));
    const sum = [...requests.values()].reduce((total, one) => total + one, 0);
    const podFolder = join(this.#bed, `pod-${pod}`);
    this.#makeGroup(podFolder, sharesOf(sum), true);
    const folder = join(podFolder, container);
    this.#makeGroup(folder, sharesOf(request), false);
    return folder;
  }

  #makeGroup(folder: string, shares: number, hasGroups: boolean): void {
    mkdirSync(folder, { recursive: true });
    if (this.#controller.version === 1) {
      writeFileSync(join(folder, "cpu.shares"), String(shares));
      return;
    }
    writeFileSync(join(folder, "cpu.weight"), String(weightOf(shares)));
    if (hasGroups) enableCpu(folder);
  }
}

/** Reads /proc/self/mountinfo. */
function findController(mounts: string): Controller | null {
  for (const line of mounts.split("\n")) {
    const [place = "", type = ""] = line.split(" - ");
    const folder = place.split(" ")[4] ?? "";
    const [kind, , options = ""] = type.split(" ");
    if (kind === "cgroup" && options.split(",").includes("cpu")) return { folder, version: 1 };
    if (kind === "cgroup2" && wordsOf(join(folder, "cgroup.controllers")).includes("cpu"))
      return { folder, version: 2 };
  }
  return null;
}

const wordsOf = (file: string): readonly string[] => readFileSync(file, "utf8").trim().split(" ");

/** Of cgroup v2: lets the groups of this folder have weights. */
function enableCpu(folder: string): void {
  const file = join(folder, "cgroup.subtree_control");
  if (!wordsOf(file).includes("cpu")) writeFileSync(file, "+cpu");
}

/** Of a run that was killed. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder).filter((one) => one.startsWith(PREFIX))) {
    if (!existsSync(`/proc/${name.slice(PREFIX.length)}`)) removeGroups(join(folder, name));
  }
}

/** A group is removed as a folder is, from the innermost, and has no processes any more. */
function removeGroups(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroups(join(folder, entry.name));
  }
  rmdirSync(folder);
}
