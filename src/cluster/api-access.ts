// EDGE: the environment's files: the pod's service account, or a kubeconfig.
import { existsSync, readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { ConfigError } from "../model/errors.ts";
import { ApiError } from "./api-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the API server is, and how a request to it is authenticated. */
export interface ApiAccess {
  /** `https://HOST:PORT`, with a path where it stands behind a proxy; without a slash at its end. */
  readonly server: string;
  /** Where this is known from, for messages. */
  readonly origin: string;
  /** Asked before each request, for tokens and authorities are renewed while we run. Throws ApiError. */
  options(): Promise<RequestOptions>;
}

/** Where Kubernetes mounts a pod's service account. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The file that was named, else the pod's service account, else the kubeconfig that kubectl would take; null where there
 * is none of them. Throws ConfigError where one is there and cannot be used.
 */
export async function findApiAccess(kubeconfig: string | undefined, env: Environment): Promise<ApiAccess | null> {
  if (kubeconfig !== undefined) return kubeconfigAccess([kubeconfig]);
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const folder = env.WIRESPAN_SERVICE_ACCOUNT ?? SERVICE_ACCOUNT;
  if (host !== undefined && port !== undefined && existsSync(join(folder, "token"))) {
    return inClusterAccess(host, port, folder);
  }
  const paths = env.KUBECONFIG ? env.KUBECONFIG.split(delimiter) : [join(homedir(), ".kube", "config")];
  const existing = paths.filter((path) => path !== "" && existsSync(path));
  return existing.length === 0 ? null : kubeconfigAccess(existing);
}

/** The three files and two variables that every pod with a service account has. */
export function inClusterAccess(host: string, port: string, folder: string): ApiAccess {
  const read = (name: string): string => {
    try {
      return readFileSync(join(folder, name), "utf8");
    } catch (error) {
      throw new ApiError(null, `the service account's ${name} cannot be read: ${(error as Error).message}`);
    }
  };
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    origin: "the pod's service account",
    async options() {
      return { ca: read("ca.crt"), headers: { authorization: `Bearer ${read("token").trim()}` } };
    },
  };
}

/** The client library is loaded here only: it takes 77 MB, and knows every way in which people log in. */
async function kubeconfigAccess(paths: readonly string[]): Promise<ApiAccess> {
  const origin = `kubeconfig ${paths.join(delimiter)}`;
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) throw new ConfigError(`kubeconfig ${missing} does not exist; check the path`);
  const { KubeConfig } = await import("@kubernetes/client-node/dist/config.js");
  const config = new KubeConfig();
  try {
    for (const [i, path] of paths.entries()) {
      if (i === 0) config.loadFromFile(path);
      else {
        const more = new KubeConfig();
        more.loadFromFile(path);
        config.mergeConfig(more, true);
      }
    }
  } catch (error) {
    throw new ConfigError(
      `${origin} cannot be read: ${firstLine(error)}; try kubectl --kubeconfig ${paths[0]} get nodes`,
    );
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new ConfigError(`${origin} names no current cluster; choose one with: kubectl config use-context NAME`);
  }
  return {
    server: server.replace(/\/$/, ""),
    origin,
    async options() {
      const options: RequestOptions = {};
      try {
        await config.applyToHTTPSOptions(options);
      } catch (error) {
        throw new ApiError(null, `${origin} gives no credentials: ${firstLine(error)}`);
      }
      return options;
    },
  };
}

function firstLine(error: unknown): string {
  return String((error as Error).message ?? error).split("\n", 1)[0] ?? "";
}
