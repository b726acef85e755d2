// EDGE: an HTTP server
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { ConfigError } from "../model/errors.ts";
import { visibleLine } from "../text/visible-text.ts";
import { freeSocketPath } from "../unix-socket.ts";
import { EXPOSITION_TYPE } from "./exposition.ts";
import type { ListenAddress } from "./listen-address.ts";
import { OpenConnections } from "./open-connections.ts";

/** Whether work is done, with a line for each thing that it hangs on. */
export interface Readiness {
  readonly isReady: boolean;
  readonly lines: readonly string[];
}

export interface HealthSources {
  readiness(): Readiness;
  /** In the exposition format. */
  metrics(): string;
}

export interface HealthServer {
  /** `http://ADDRESS:PORT`, with the port that the kernel chose; of a Unix socket `unix:PATH`. */
  readonly url: string;
  close(): void;
}

/** Another process listens there. */
export class AddressInUse extends ConfigError {}

/** A slow or greedy client holds nothing for long. */
const REQUEST_MILLIS = 5_000;
const CHECKING_MILLIS = 1_000;
const MAX_CONNECTIONS = 64;
const PATHS = "/livez, /readyz, /metrics";
const PLAIN_TEXT = "text/plain; charset=utf-8";

/**
 * Answers /livez, /readyz and /metrics. Liveness says only that this process answers: no peer can change it.
 * Throws ConfigError when the address cannot be had.
 */
export async function startHealthServer(address: ListenAddress, sources: HealthSources): Promise<HealthServer> {
  const limits = {
    requestTimeout: REQUEST_MILLIS,
    headersTimeout: REQUEST_MILLIS,
    connectionsCheckingInterval: CHECKING_MILLIS,
  };
  const server = createServer(limits, answerOnce(sources));
  // Whoever does not read its answer is covered by none of those.
  server.setTimeout(REQUEST_MILLIS);
  const connections = new OpenConnections(MAX_CONNECTIONS);
  server.on("connection", (socket) => connections.add(socket));
  if (address.type === "socket") await freeSocketPath(address.path, `--listen ${address.written}`);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(address, error)));
    if (address.type === "socket") server.listen(address.path, resolve);
    else server.listen({ port: address.port, ...(address.host === null ? {} : { host: address.host }) }, resolve);
  });
  // Nothing that comes later, such as too many open files, may end the agent.
  server.on("error", () => {});
  return {
    url: urlOf(address, server),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function urlOf(address: ListenAddress, server: Server): string {
  if (address.type === "socket") return `unix:${address.path}`;
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : address.port;
  const host = address.host ?? "localhost";
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * One request a connection: of a client that sends them ahead of their answers thousands would be in hand at once, and
 * their answers kept for clients that read none.
 */
function answerOnce(sources: HealthSources): (request: IncomingMessage, response: ServerResponse) => void {
  const answered = new WeakSet<Socket>();
  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    if (answered.has(socket)) {
      socket.destroy();
      return;
    }
    answered.add(socket);
    response.shouldKeepAlive = false;
    answer(request, response, sources);
  };
}

function answer({ method, url }: IncomingMessage, response: ServerResponse, sources: HealthSources): void {
  const { status, text, type = PLAIN_TEXT } = answerTo(method, url?.split("?")[0], sources);
  response.writeHead(status, {
    ...{ "content-type": type, "content-length": Buffer.byteLength(text), "cache-control": "no-store" },
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(method === "HEAD" ? undefined : text);
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type?: string;
}

function answerTo(method: string | undefined, path: string | undefined, sources: HealthSources): Answer {
  if (method !== "GET" && method !== "HEAD") return { status: 405, text: "only GET and HEAD\n" };
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
      return { status: 200, text: sources.metrics(), type: EXPOSITION_TYPE };
    default:
      return { status: 404, text: `there are ${PATHS}\n` };
  }
}

function cannotListen({ type, written }: ListenAddress, { code }: NodeJS.ErrnoException): ConfigError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: "another process has that port; choose another one, or end that process (ss -ltnp shows it)",
    EACCES: "this user may not open that port; choose one above 1023",
    EADDRNOTAVAIL: "this machine has no such address; give one that ip address shows, or only the port",
    ENOTFOUND: "that name has no address; give an address, or only the port",
  };
  const ofPort = reasons[code ?? ""] ?? `${code}; choose another address`;
  const reason = type === "port" ? ofPort : `${code}; its directory must exist and be writable`;
  const sentence = `--listen ${written} cannot be had: ${reason}`;
  return code === "EADDRINUSE" ? new AddressInUse(sentence) : new ConfigError(sentence);
}
