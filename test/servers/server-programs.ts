import { execFile } from "node:child_process";
import { once } from "node:events";
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

/** A free TCP port of 127.0.0.1. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
