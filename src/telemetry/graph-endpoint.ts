// EDGE: HTTP responses, compression, a timer
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { constants, createGzip } from "node:zlib";
import { isLoopbackConnection, isLoopbackHost } from "./loopback.ts";

/** The graph that an agent keeps, or what is made from it. */
export interface GraphSource {
  /** The text of a graph file, or of manifests, in chunks that each take little time to make; null before there is one. */
  chunks(): Iterable<string> | null;
  /** Edges in memory. */
  readonly edgeCount: number;
}

/** What is served, in messages too. */
interface ServedContent {
  readonly name: string;
  readonly type: string;
  /** Why there is none yet, and what to do. */
  readonly missing: string;
}

export const GRAPH_CONTENT: ServedContent = {
  name: "the graph",
  type: "application/json",
  missing: "the capture has not started yet; try again in a few seconds",
};
export const INTENTS_CONTENT: ServedContent = {
  name: "the intents",
  type: "application/yaml",
  missing: "the agent has not been read yet; try again in a few seconds",
};

interface GraphEndpointLimits {
  /** Readers at the same time. */
  readonly maxReaders: number;
  /** From the request to the last byte. */
  readonly deadlineMillis: number;
  /** Without a byte sent. */
  readonly idleMillis: number;
}

const LIMITS: GraphEndpointLimits = { maxReaders: 4, deadlineMillis: 120_000, idleMillis: 15_000 };
/** Names of workloads repeat in every line: the fastest level divides the size by ten. */
const GZIP = { level: constants.Z_BEST_SPEED };

/**
 * Answers `GET /graph` or `GET /intents`, only on loopback and on Unix sockets: the graph has the names of all workloads, and a port-forward
 * arrives on loopback. Sends it in chunks with turns of the event loop between them, to a few readers at a time.
 */
export class GraphEndpoint {
  /** Requests by result: `cut` readers were too slow or closed the connection. */
  readonly counts = { sent: 0, refused: 0, busy: 0, cut: 0 };
  readonly #source: GraphSource;
  readonly #limits: GraphEndpointLimits;
  readonly #content: ServedContent;
  #readers = 0;

  constructor(source: GraphSource, content = GRAPH_CONTENT, limits = LIMITS) {
    this.#source = source;
    this.#content = content;
    this.#limits = limits;
  }

  get edges(): number {
    return this.#source.edgeCount;
  }

  /** `isUnixSocket`: of the server. Resolves when the response is sent or cut. Never rejects. */
  async respond(request: IncomingMessage, response: ServerResponse, isUnixSocket: boolean): Promise<void> {
    if (!isUnixSocket && !isLoopbackConnection(request.socket)) {
      this.counts.refused++;
      refuse(
        response,
        403,
        `${this.#content.name} is served on loopback only; use kubectl port-forward, or wirespan edges --live\n`,
      );
    } else if (!isUnixSocket && !isLoopbackHost(request.headers.host)) {
      this.counts.refused++;
      refuse(
        response,
        403,
        `the Host header is not a loopback address; request ${this.#content.name} as 127.0.0.1 or localhost\n`,
      );
    } else if (this.#readers >= this.#limits.maxReaders) {
      this.counts.busy++;
      refuse(response, 503, `${this.#readers} others are reading ${this.#content.name}; try again in a few seconds\n`);
    } else {
      await this.#answer(request, response);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks = this.#source.chunks();
    if (chunks === null) {
      this.counts.busy++;
      refuse(response, 503, `${this.#content.missing}\n`);
      return;
    }
    const isCompressed = /\bgzip\b/.test(request.headers["accept-encoding"]?.toString() ?? "");
    response.writeHead(200, {
      "content-type": this.#content.type,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(isCompressed ? { "content-encoding": "gzip" } : {}),
    });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    this.#readers++;
    try {
      await this.#send(chunks, response, isCompressed);
      this.counts.sent++;
    } catch {
      this.counts.cut++;
    } finally {
      this.#readers--;
    }
  }

  /** Destroys the response where it fails, so that the reader sees an incomplete one. */
  async #send(chunks: Iterable<string>, response: ServerResponse, isCompressed: boolean): Promise<void> {
    const { deadlineMillis, idleMillis } = this.#limits;
    const signal = AbortSignal.timeout(deadlineMillis);
    const text = Readable.from(inTurns(chunks));
    response.socket?.setTimeout(idleMillis, () => response.destroy());
    if (isCompressed) await pipeline(text, createGzip(GZIP), response, { signal });
    else await pipeline(text, response, { signal });
  }
}

/** Packets, probes and timers have their turn between two chunks. */
async function* inTurns(chunks: Iterable<string>): AsyncGenerator<string> {
  for (const chunk of chunks) {
    yield chunk;
    await nextTurn();
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    ...(status === 503 ? { "retry-after": "2" } : {}),
  });
  response.end(text);
}
