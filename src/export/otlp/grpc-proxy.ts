// EDGE: gRPC, the environment, standard error
import { type Client, setLogger } from "@grpc/grpc-js";
import { oneLine } from "./send-problem.ts";

/** A proxy that grpc-js uses for the Collector. */
export interface GrpcProxy {
  /** `host:port`. */
  readonly address: string;
  /** Name of the variable. */
  readonly variable: string;
  /** Why the last connection through it failed; null: unknown. */
  readonly reason: string | null;
}

/** In the order in which grpc-js reads them. */
const VARIABLES = ["grpc_proxy", "https_proxy", "http_proxy"];

/** What grpc-js 1.14 logs at every attempt, without passing it on in the error. */
const PROXY_FAILURE = /^Failed to connect to .*?(:\d+) with (?:error )?((?:status )?.*)$/;
/** `port`: of the proxy, as `:3128`. */
let lastFailure: { readonly port: string; readonly reason: string } | null = null;

setLogger({
  error: (message: unknown, ...rest: unknown[]) => {
    const [, port, reason] = PROXY_FAILURE.exec(String(message)) ?? [];
    if (port === undefined || reason === undefined) console.error(message, ...rest);
    else lastFailure = { port, reason: oneLine(reason) };
  },
});

/** A connection was made, or is about to be: later failures have other reasons. */
export function forgetProxyFailure(): void {
  lastFailure = null;
}

/** The proxy of this client; null: it connects to `target`, `host:port`, itself. */
export function proxyOf(client: Client, target: string): GrpcProxy | null {
  const used = client
    .getChannel()
    .getTarget()
    .replace(/^dns:(\/+)?/, "");
  const variable = VARIABLES.find((name) => (process.env[name] ?? "") !== "");
  if (target.startsWith("unix:") || used === target || variable === undefined) return null;
  // A client that was closed may have had its last attempt since.
  const reason = lastFailure !== null && used.endsWith(lastFailure.port) ? lastFailure.reason : null;
  return { address: used, variable, reason };
}
