// EDGE: HTTP on loopback
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigError } from "../model/errors.ts";
import { isLoopbackConnection, isLoopbackHost } from "../telemetry/loopback.ts";

/** A map as a page, and the data with which an open page renews itself. */
interface ServedMap {
  readonly page: string;
  readonly data: string;
}

/** 192 bits: the token in the link is the only key. */
const TOKEN_BYTES = 24;
const MAX_CONNECTIONS = 32;
const HEADERS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY",
};

/**
 * Serves a map to a browser on this machine, under a link with a token. It listens on 127.0.0.1 only. Who lacks the token,
 * or sends the request through another host name (DNS rebinding), gets an empty 404.
 */
export class MapServer {
  readonly #server: Server;
  readonly #token = randomBytes(TOKEN_BYTES).toString("base64url");
  #map: ServedMap;

  private constructor(map: ServedMap) {
    this.#map = map;
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Listens on a port; 0: a free one. Throws ConfigError. */
  static async start(map: ServedMap, port = 0): Promise<MapServer> {
    const started = new MapServer(map);
    await new Promise<void>((resolve, reject) => {
      started.#server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, port)));
      started.#server.listen(port, "127.0.0.1", resolve);
    });
    return started;
  }

  /** The link that opens the map. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${this.#token}/`;
  }

  renew(map: ServedMap): void {
    this.#map = map;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const [, token = "", name] = /^\/([\w-]+)\/(data)?$/.exec(request.url ?? "") ?? [];
    const isAllowed =
      isLoopbackConnection(request.socket) && isLoopbackHost(request.headers.host) && this.#isToken(token);
    if (!isAllowed || request.method !== "GET") {
      response.writeHead(404, HEADERS).end();
      return;
    }
    const [type, text] =
      name === undefined ? ["text/html; charset=utf-8", this.#map.page] : ["application/json", this.#map.data];
    response.writeHead(200, { ...HEADERS, "content-type": type }).end(text);
  }

  #isToken(text: string): boolean {
    const [given, own] = [Buffer.from(text), Buffer.from(this.#token)];
    return given.length === own.length && timingSafeEqual(given, own);
  }
}

function listenError({ code, message }: NodeJS.ErrnoException, port: number): ConfigError {
  const fix = "pass another --port, or omit it for a free one";
  if (code === "EADDRINUSE") return new ConfigError(`port ${port} of 127.0.0.1 is used by another process; ${fix}`);
  if (code === "EACCES") return new ConfigError(`port ${port} needs a privilege that this user lacks; ${fix}`);
  return new ConfigError(`cannot listen on port ${port} of 127.0.0.1: ${message}; ${fix}`);
}
