// EDGE: the environment's files: the pod's service account, or a kubeconfig.
import { existsSync, readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { ConfigError } from "../../model/errors.ts";
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
  const origin = "the pod's service account";
  return {
    server: checkedServer(`https://${host.includes(":") ? `[${host}]` : host}:${port}`, origin),
    origin,
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
  for (const path of paths) {
    const file = new KubeConfig();
    try {
      if (readFileSync(path, "utf8").trim() === "") throw new Error("it is empty");
      file.loadFromFile(path);
    } catch (error) {
      throw new ConfigError(
        `kubeconfig ${path} cannot be read: ${firstLine(error)}; try kubectl --kubeconfig ${path} get nodes`,
      );
    }
    // As kubectl does it: of one name the first definition counts.
    config.clusters = firstOfEachName([...config.clusters, ...file.clusters]);
    config.users = firstOfEachName([...(config.users ?? []), ...file.users]);
    config.contexts = firstOfEachName([...config.contexts, ...file.contexts]);
    config.currentContext ||= file.currentContext;
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new ConfigError(`${origin} names no current cluster; choose one with: kubectl config use-context NAME`);
  }
  return {
    server: checkedServer(server, origin),
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

function firstOfEachName<T extends { readonly name: string }>(all: readonly T[]): T[] {
  return all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i);
}

function checkedServer(server: string, origin: string): string {
  if (/^https?:\/\//.test(server) && URL.canParse(server)) return server.replace(/\/+$/, "");
  throw new ConfigError(
    `${origin} gives ${JSON.stringify(server)} as the API server's address; it must be like https://10.96.0.1:443`,
  );
}

function firstLine(error: unknown): string {
  return String((error as Error).message ?? error).split("\n", 1)[0] ?? "";
}
