import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { until } from "../../support/until.ts";
import { runtimeDefaultSeccomp } from "./seccomp-profile.ts";

/** What a container's `securityContext` leaves it; all else is the same for every one of them. */
export interface Rights {
  readonly uid: number;
  readonly capabilities: readonly string[];
}

/** As the chart runs them: `drop: [ALL]`, and `add: [NET_RAW]` for the sensor alone. */
export const SENSOR: Rights = { uid: 65_532, capabilities: ["CAP_NET_RAW"] };
export const AGENT: Rights = { uid: 65_533, capabilities: [] };
export const GROUP = 65_532;

export interface ContainerOptions extends Rights {
  /** Root file system; read-only inside. */
  readonly root: string;
  readonly command: readonly string[];
  /** Name of the network namespace that stands for the node's, as with `hostNetwork: true`; null: that of this machine. */
  readonly network: string | null;
  readonly environment?: readonly string[];
  /** Folders, by their path inside. */
  readonly mounts?: Readonly<Record<string, string>>;
}

export interface Container {
  /** Of the container's first process, once it is there. */
  pid(): Promise<number>;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
  signal(name: "TERM" | "KILL"): void;
}

let made = 0;

/**
 * Runs a container under runc as containerd has it run for Kubernetes: no_new_privs, read-only root, RuntimeDefault seccomp;
 * capabilities bounding, effective and permitted, none ambient. It ends with the test.
 */
export function startContainer(t: TestContext, options: ContainerOptions): Container {
  const bundle = mkdtempSync(join(tmpdir(), "wirespan-container-"));
  const id = `wirespan-test-${process.pid}-${made++}`;
  const state = join(bundle, "state");
  mkdirSync(state);
  writeFileSync(join(bundle, "config.json"), JSON.stringify(runtimeSpecification(options)));
  const child = spawn("runc", ["--root", state, "run", "--bundle", bundle, id]);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  t.after(async () => {
    runc(state, "delete", "--force", id);
    await result;
    rmSync(bundle, { recursive: true, force: true });
  });
  const result = endOf(child);
  return {
    ended: result,
    signal: (name) => runc(state, "kill", id, name),
    async pid() {
      let pid = 0;
      await until(`container ${id} runs`, () => {
        if (!isRunning()) throw new Error(`container ${id} has ended`);
        pid = statusOf(state, id)?.pid ?? 0;
        return pid > 0;
      });
      return pid;
    },
  };
}

function runc(state: string, ...args: readonly string[]): void {
  execFileSync("runc", ["--root", state, ...args], { stdio: ["ignore", "ignore", "inherit"] });
}

/** Null until runc has made the container and started its process. */
function statusOf(state: string, id: string): { readonly pid: number } | null {
  try {
    const text = execFileSync("runc", ["--root", state, "state", id], { stdio: ["ignore", "pipe", "ignore"] });
    const { status, pid } = JSON.parse(text.toString());
    return status === "running" && readFileSync(`/proc/${pid}/comm`, "utf8").trim() !== "runc:[2:INIT]"
      ? { pid }
      : null;
  } catch {
    return null;
  }
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, ...text };
}

/** https://github.com/opencontainers/runtime-spec */
function runtimeSpecification({
  root,
  command,
  uid,
  capabilities,
  network,
  environment = [],
  mounts = {},
}: ContainerOptions) {
  const mount = (destination: string, type: string, source: string, ...options: string[]) => ({
    destination,
    type,
    source,
    options,
  });
  return {
    ociVersion: "1.0.2",
    process: {
      user: { uid, gid: uid, additionalGids: [GROUP] },
      args: command,
      env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...environment],
      cwd: "/",
      noNewPrivileges: true,
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    },
    root: { path: root, readonly: true },
    mounts: [
      mount("/proc", "proc", "proc"),
      mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
      mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
      mount("/sys", "none", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro"),
      ...Object.entries(mounts).map(([inside, folder]) => mount(inside, "bind", folder, "rbind", "rw")),
    ],
    linux: {
      namespaces: [
        ...["pid", "ipc", "mount"].map((type) => ({ type })),
        ...(network === null ? [] : [{ type: "network", path: `/run/netns/${network}` }]),
      ],
      seccomp: runtimeDefaultSeccomp(capabilities),
      maskedPaths: ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    },
  };
}
