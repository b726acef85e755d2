import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { ApiObject } from "../servers/kubernetes-api.ts";
import { serverProgram } from "../servers/server-programs.ts";
import { repositoryRoot } from "../support/paths.ts";

/** Users have both. */
export const HELMS = ["helm-3", "helm-4"] as const;
export type HelmVersion = (typeof HELMS)[number];

export const CHART = join(repositoryRoot, "charts/wirespan");
export const NAMESPACE = "observability";

export interface HelmResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const home = mkdtempSync(join(tmpdir(), "wirespan-helm-"));
const environment = {
  ...process.env,
  HELM_CACHE_HOME: join(home, "cache"),
  HELM_CONFIG_HOME: join(home, "config"),
  HELM_DATA_HOME: join(home, "data"),
};

/** Runs the real Helm to its end, in no cluster unless `args` name one. */
export async function helm(version: HelmVersion, args: readonly string[]): Promise<HelmResult> {
  const program = await serverProgram(version, "helm");
  return new Promise((resolve) => {
    execFile(program, args, { env: environment, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

export interface RenderOptions {
  readonly version?: HelmVersion;
  readonly release?: string;
  readonly namespace?: string;
  readonly chart?: string;
  /** Files of values, the later ones before the earlier ones. */
  readonly files?: readonly string[];
  /** Values as JSON, before all files. */
  readonly values?: object;
  readonly args?: readonly string[];
}

/** `helm template`, with what it refuses. */
export function template(options: RenderOptions): Promise<HelmResult> {
  const { version = "helm-3", release = "wirespan", namespace = NAMESPACE, chart = CHART } = options;
  const files = (options.files ?? []).flatMap((file) => ["--values", file]);
  const values = Object.entries(options.values ?? {}).flatMap(([name, value]) => [
    "--set-json",
    `${name}=${JSON.stringify(value)}`,
  ]);
  return helm(version, [
    "template",
    release,
    chart,
    "--namespace",
    namespace,
    ...files,
    ...values,
    ...(options.args ?? []),
  ]);
}

/** The text of all objects. Throws with Helm's own message when it refuses. */
export async function render(options: RenderOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await template(options);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** Every object of a rendered text, as Kubernetes reads it. */
export function objectsIn(text: string): ApiObject[] {
  return parseAllDocuments(text, { version: "1.1" }).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(String(document.errors[0]));
    const object = document.toJS() as ApiObject | null;
    return object === null ? [] : [object];
  });
}

export async function renderObjects(options: RenderOptions = {}): Promise<ApiObject[]> {
  return objectsIn(await render(options));
}
