// EDGE: an HTTP server
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { ConfigError } from "../model/errors.ts";
import { visibleLine } from "../text/visible-text.ts";
import { SocketPath } from "../unix-socket.ts";
import { EXPOSITION_TYPE } from "./exposition.ts";
import type { GraphEndpoint } from "./graph-endpoint.ts";
import type { ListenAddress } from "./listen-address.ts";
import { OpenConnections } from "./open-connections.ts";

/** Whether the agent is ready, with a line for each dependency. */
export interface Readiness {
  readonly isReady: boolean;
  readonly lines: readonly string[];
}

export interface HealthSources {
  readiness(): Readiness;
  /** In the exposition format. */
  metrics?(): string;
  /** Serves the graph; without one, /graph does not exist. */
  readonly graph?: GraphEndpoint;
  /** Serves ClientIntents; without one, /intents does not exist. */
  readonly intents?: GraphEndpoint;
}

export interface HealthServer {
  /** `http://ADDRESS:PORT`, with the port that the kernel chose; of a Unix socket `unix:PATH`. */
  readonly url: string;
  close(): void;
}

/** Another process listens there. */
export class AddressInUse extends ConfigError {}

/** Time limit for slow clients. */
const REQUEST_MILLIS = 5_000;
const CHECKING_MILLIS = 1_000;
const MAX_CONNECTIONS = 64;
const PLAIN_TEXT = "text/plain; charset=utf-8";

/**
 * Serves /livez, /readyz, and what the sources have of /metrics, /graph and /intents. Liveness depends on this process alone, not on its peers.
 * Throws ConfigError if it cannot listen at the address.
 */
export async function startHealthServer(
  address: ListenAddress,
  sources: HealthSources,
  report: (sentence: string) => void = () => {},
): Promise<HealthServer> {
  const limits = {
    requestTimeout: REQUEST_MILLIS,
    headersTimeout: REQUEST_MILLIS,
    connectionsCheckingInterval: CHECKING_MILLIS,
  };
  const server = createServer(limits, respondOnce(sources, address.type === "socket"));
  // The limits above do not cover a client that does not read its response.
  server.setTimeout(REQUEST_MILLIS);
  // Errors after the first, such as too many open files, must not end the agent.
  server.on("error", () => {});
  const connections = new OpenConnections(MAX_CONNECTIONS);
  server.on("connection", (socket) => connections.add(socket));
  const close = await listen(server, address, report);
  return {
    url: urlOf(address, server),
    close() {
      close();
      server.closeAllConnections();
    },
  };
}

/** Resolves with what ends it, when the server listens. */
async function listen(server: Server, address: ListenAddress, report: (sentence: string) => void): Promise<() => void> {
  if (address.type === "socket") {
    const path = await SocketPath.listen(server, { path: address.path, option: `--listen ${address.written}`, report });
    return () => path.close();
  }
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(address, error)));
    server.listen({ port: address.port, ...(address.host === null ? {} : { host: address.host }) }, resolve);
  });
  return () => server.close();
}

function urlOf(address: ListenAddress, server: Server): string {
  if (address.type === "socket") return `unix:${address.path}`;
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : address.port;
  const host = address.host ?? "localhost";
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * Serves one request per connection. Otherwise a client could pipeline thousands of requests, whose responses would stay in
 * memory until it reads them.
 */
function respondOnce(
  sources: HealthSources,
  isUnixSocket: boolean,
): (request: IncomingMessage, response: ServerResponse) => void {
  const served = new WeakSet<Socket>();
  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    if (served.has(socket)) {
      socket.destroy();
      return;
    }
    served.add(socket);
    response.shouldKeepAlive = false;
    const isRead = request.method === "GET" || request.method === "HEAD";
    const endpoint = isRead ? endpointAt(pathOf(request), sources) : undefined;
    if (endpoint !== undefined) void endpoint.respond(request, response, isUnixSocket);
    else respond(request, response, sources);
  };
}

function endpointAt(path: string | undefined, { graph, intents }: HealthSources): GraphEndpoint | undefined {
  return path === "/graph" ? graph : path === "/intents" ? intents : undefined;
}

function pathsOf({ metrics, graph, intents }: HealthSources): string {
  const optional = [metrics && "/metrics", graph && "/graph", intents && "/intents"];
  return ["/livez", "/readyz", ...optional.filter((path) => path !== undefined)].join(", ");
}

function pathOf({ url }: IncomingMessage): string | undefined {
  return url?.split("?")[0];
}

function respond(request: IncomingMessage, response: ServerResponse, sources: HealthSources): void {
  const { status, text, type = PLAIN_TEXT } = responseTo(request.method, pathOf(request), sources);
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : text);
}

interface RouteResponse {
  readonly status: number;
  readonly text: string;
  readonly type?: string;
}

function responseTo(method: string | undefined, path: string | undefined, sources: HealthSources): RouteResponse {
  if (method !== "GET" && method !== "HEAD") return { status: 405, text: "the methods are GET and HEAD\n" };
  switch (path) {
    case "/livez":
      return { status: 200, text: "ok\n" };
    case "/readyz": {
      const { isReady, lines } = sources.readiness();
      return {
        status: isReady ? 200 : 503,
        text: `${[isReady ? "ready" : "not ready", ...lines.map(visibleLine)].join("\n")}\n`,
      };
    }
    case "/metrics":
      if (sources.metrics !== undefined) return { status: 200, text: sources.metrics(), type: EXPOSITION_TYPE };
  }
  return { status: 404, text: `the paths are ${pathsOf(sources)}\n` };
}

function cannotListen({ written }: ListenAddress, { code }: NodeJS.ErrnoException): ConfigError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: "another process uses that port; choose another one, or stop that process (ss -ltnp shows it)",
    EACCES: "this user has no permission for that port; choose one above 1023",
    EADDRNOTAVAIL: "this machine does not have that address; pass one that ip address shows, or only the port",
    ENOTFOUND: "that name cannot be resolved; pass an address, or only the port",
  };
  const sentence = `cannot listen at --listen ${written}: ${reasons[code ?? ""] ?? `${code}; choose another address`}`;
  return code === "EADDRINUSE" ? new AddressInUse(sentence) : new ConfigError(sentence);
}
