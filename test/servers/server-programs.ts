import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../support/paths.ts";

export type ServerName =
  | "cilium-crds"
  | "collector"
  | "cyclonus"
  | "helm-3"
  | "helm-4"
  | "helm-docs"
  | "iptables"
  | "kube-router"
  | "kubernetes"
  | "monitoring-crds"
  | "prometheus"
  | "tempo";

/** What Debian has. */
const SCRIPTS: Partial<Record<ServerName, string>> = {
  iptables: "scripts/setup-iptables.sh",
  prometheus: "scripts/setup-prometheus.sh",
};

const folders = new Map<ServerName, Promise<string>>();

/** Path of a program of a real server. Builds or downloads a missing program, which takes minutes. */
export async function serverProgram(server: ServerName, program: string): Promise<string> {
  let folder = folders.get(server);
  if (folder === undefined) {
    folder = builtFolder(server);
    folders.set(server, folder);
  }
  return join(await folder, program);
}

async function builtFolder(server: ServerName): Promise<string> {
  const script = SCRIPTS[server];
  const command = script === undefined ? ["scripts/build-server.sh", server] : [script];
  const { stdout } = await promisify(execFile)("bash", command, { cwd: repositoryRoot, maxBuffer: 1 << 26 });
  const path = stdout.trim().split("\n").at(-1);
  if (path === undefined || path === "") throw new Error(`${command.join(" ")} printed no path`);
  return path;
}

/** Below Linux's ip_local_port_range: any connection may take a port of that range before the server listens on it. */
const FIRST_PORT = 10_000;
const PORTS = 20_000;
const given = new Set<number>();

/** A TCP port of 127.0.0.1 on which nothing listens, given once. Other test processes are unlikely to choose it too. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + randomInt(PORTS);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = new Promise<boolean>((resolve) => {
    server.once("listening", () => resolve(true)).once("error", () => resolve(false));
  });
  server.listen(port, "127.0.0.1");
  if (!(await listens)) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}
