// EDGE: files: the pod's service account, or a kubeconfig.
import { existsSync, readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { ConfigError } from "../../model/errors.ts";
import { ApiError } from "./api-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The address of an API server, and the credentials for it. */
export interface ApiAccess {
  /** `https://HOST:PORT`, with a path if the API server is behind a proxy; without a trailing slash. */
  readonly server: string;
  /** The source of the address, for messages. */
  readonly origin: string;
  /** The namespace of the context or of the pod; null if none is set. */
  readonly namespace: string | null;
  /** TLS options and headers. Called before each request, because tokens and certificates are rotated. Throws ApiError. */
  options(): Promise<RequestOptions>;
}

const MAX_CONTEXTS_SHOWN = 10;
/** Mount path of a pod's service account. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * Access by the given kubeconfig, else by the pod's service account, else by the kubeconfig that kubectl would use; null if
 * there is none of them. With a `context`, the service account is left out. Throws ConfigError if one exists and is invalid.
 */
export async function findApiAccess(
  kubeconfig: string | undefined,
  env: Environment,
  context?: string,
): Promise<ApiAccess | null> {
  if (kubeconfig !== undefined) return kubeconfigAccess([kubeconfig], context);
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const folder = env.WIRESPAN_SERVICE_ACCOUNT ?? SERVICE_ACCOUNT;
  if (context === undefined && host !== undefined && port !== undefined && existsSync(join(folder, "token"))) {
    return inClusterAccess(host, port, folder);
  }
  const paths = env.KUBECONFIG ? env.KUBECONFIG.split(delimiter) : [join(homedir(), ".kube", "config")];
  const existing = paths.filter((path) => path !== "" && existsSync(path));
  return existing.length === 0 ? null : kubeconfigAccess(existing, context);
}

/** Access by the files and variables that Kubernetes gives to every pod with a service account. */
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
    server: validServer(`https://${host.includes(":") ? `[${host}]` : host}:${port}`, origin),
    origin,
    get namespace() {
      return existsSync(join(folder, "namespace")) ? read("namespace").trim() : null;
    },
    async options() {
      return { ca: read("ca.crt"), headers: { authorization: `Bearer ${read("token").trim()}` } };
    },
  };
}

/** Only this function loads the client library, which takes 77 MB: it supports every authentication method of kubeconfigs. */
async function kubeconfigAccess(paths: readonly string[], context: string | undefined): Promise<ApiAccess> {
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
    // As in kubectl, the first definition of a name counts.
    config.clusters = withoutDuplicates([...config.clusters, ...file.clusters]);
    config.users = withoutDuplicates([...(config.users ?? []), ...file.users]);
    config.contexts = withoutDuplicates([...config.contexts, ...file.contexts]);
    config.currentContext ||= file.currentContext;
  }
  if (context !== undefined) {
    if (config.getContextObject(context) === null) throw unknownContext(context, origin, config.contexts);
    config.currentContext = context;
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new ConfigError(`${origin} names no current cluster; choose one with: kubectl config use-context NAME`);
  }
  const server = validServer(cluster.server, origin);
  if (server.startsWith("http:") && !cluster.skipTLSVerify) throw withoutTls(server, origin, cluster.name);
  return {
    server,
    origin,
    namespace: config.getContextObject(config.currentContext)?.namespace ?? null,
    async options() {
      const options: RequestOptions = {};
      try {
        await config.applyToHTTPSOptions(options);
      } catch (error) {
        throw new ApiError(null, `cannot get credentials from ${origin}: ${firstLine(error)}`);
      }
      return options;
    },
  };
}

/** The client library would reject each request: credentials are not to be sent unencrypted by mistake. */
function withoutTls(server: string, origin: string, cluster: string): ConfigError {
  return new ConfigError(
    `the API server's address ${server} in ${origin} has no TLS; write it with https://, or, if it is that of kubectl proxy, add insecure-skip-tls-verify: true to the cluster ${JSON.stringify(cluster)}`,
  );
}

function unknownContext(name: string, origin: string, contexts: readonly { readonly name: string }[]): ConfigError {
  const known = contexts.slice(0, MAX_CONTEXTS_SHOWN).map((context) => context.name);
  const others = contexts.length > known.length ? " …" : "";
  return new ConfigError(
    `${origin} has no context ${JSON.stringify(name)}; choose one of ${known.join(", ") || "none"}${others}`,
  );
}

function withoutDuplicates<T extends { readonly name: string }>(all: readonly T[]): T[] {
  return all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i);
}

function validServer(server: string, origin: string): string {
  if (/^https?:\/\//.test(server) && URL.canParse(server)) return server.replace(/\/+$/, "");
  throw new ConfigError(
    `the API server's address ${JSON.stringify(server)} in ${origin} is invalid; write it like https://10.96.0.1:443`,
  );
}

function firstLine(error: unknown): string {
  return String((error as Error).message ?? error).split("\n", 1)[0] ?? "";
}
