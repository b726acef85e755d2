// EDGE: HTTPS to the Kubernetes API server.
import { once } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { asObject, text } from "../objects/json-fields.ts";
import type { ApiAccess } from "./api-access.ts";
import { ApiError } from "./api-error.ts";

export interface ApiRequest {
  /** With its query. */
  readonly path: string;
  readonly accept: string;
  readonly signal: AbortSignal;
  /** The connection is given up when nothing comes for so long. */
  readonly idleMillis: number;
}

export interface ApiAnswer {
  readonly body: Record<string, unknown>;
  /** The server's clock when it answered, in whole seconds; null where it does not tell. */
  readonly serverMicros: number | null;
}

const KEEP_ALIVE_MILLIS = 30_000;
const NEWLINE = 0x0a;
/** What one outage looks like, on this connection and on that: worth one sentence, not five. */
const SILENCE = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ERR_STREAM_PREMATURE_CLOSE"]);
const MAX_MESSAGE = 200;
/** Of an error's answer; what is longer is no Status. */
const MAX_BODY = 65_536;
/** Of one event: etcd takes no object of more than 1.5 MB. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
/** Of one page of a list: 500 objects, each much larger than usual. */
const MAX_PAGE_BYTES = 64 * 1024 * 1024;

/** GET requests to one API server, with what they have cost. */
export class ApiClient {
  readonly #access: ApiAccess;
  readonly #agent = new Agent({ keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MILLIS });
  readonly counters = { requests: 0, bytes: 0 };

  constructor(access: ApiAccess) {
    this.#access = access;
  }

  get server(): string {
    return this.#access.server;
  }

  /** The whole answer. Throws ApiError. */
  async json(request: ApiRequest): Promise<ApiAnswer> {
    const response = await this.#open(request);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.#chunks(response)) {
      length += chunk.length;
      if (length > MAX_PAGE_BYTES) throw tooLong("is longer than", MAX_PAGE_BYTES);
      chunks.push(chunk);
    }
    const millis = Date.parse(response.headers.date ?? "");
    return { body: parse(Buffer.concat(chunks)), serverMicros: Number.isNaN(millis) ? null : millis * 1_000 };
  }

  /**
   * Resolves when the server begins to answer; then gives the answer line by line, each as JSON, for as long as it
   * writes. Both throw ApiError.
   */
  async jsonLines(request: ApiRequest): Promise<AsyncGenerator<Record<string, unknown>>> {
    return this.#lines(await this.#open(request));
  }

  async *#lines(response: IncomingMessage): AsyncGenerator<Record<string, unknown>> {
    let rest: Buffer[] = [];
    let restLength = 0;
    for await (const chunk of this.#chunks(response)) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        rest.push(chunk.subarray(start, end));
        yield parse(rest.length === 1 ? (rest[0] as Buffer) : Buffer.concat(rest));
        rest = [];
        restLength = 0;
        start = end + 1;
      }
      if (start === chunk.length) continue;
      restLength += chunk.length - start;
      if (restLength > MAX_LINE_BYTES) throw tooLong("has a line of more than", MAX_LINE_BYTES);
      rest.push(chunk.subarray(start));
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async *#chunks(response: IncomingMessage): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        this.counters.bytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw unanswered(this.server, error);
    } finally {
      response.destroy();
    }
  }

  /** A token of two lines, for example, makes no header. */
  #made(make: () => ClientRequest): ClientRequest {
    try {
      return make();
    } catch (error) {
      throw new ApiError(null, `no request to ${this.server} can be made: ${(error as Error).message}`);
    }
  }

  async #open({ path, accept, signal, idleMillis }: ApiRequest): Promise<IncomingMessage> {
    const url = new URL(this.#access.server + path);
    const options = await inTime(this.#access.options(), signal, idleMillis);
    this.counters.requests++;
    const isTls = url.protocol === "https:";
    const request = this.#made(() =>
      (isTls ? httpsRequest : httpRequest)(url, {
        ...(isTls ? { agent: this.#agent } : {}),
        ...options,
        signal,
        headers: { ...options.headers, accept, "user-agent": "wirespan" },
      }),
    );
    request.setTimeout(idleMillis, () => {
      request.destroy(Object.assign(new Error("nothing came for too long"), { code: "ETIMEDOUT" }));
    });
    request.on("socket", (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MILLIS));
    request.end();
    let response: IncomingMessage;
    try {
      [response] = (await once(request, "response")) as [IncomingMessage];
    } catch (error) {
      throw unanswered(this.server, error);
    }
    // What happens to the connection later is told by whoever reads the answer.
    request.on("error", () => {});
    if (response.statusCode === 200) return response;
    throw new ApiError(response.statusCode ?? null, await messageOf(response));
  }
}

/** A plugin that fetches credentials may hang. */
function inTime<T>(work: Promise<T>, signal: AbortSignal, millis: number): Promise<T> {
  const enough = AbortSignal.any([signal, AbortSignal.timeout(millis)]);
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new ApiError(null, `no credentials came within ${millis / 1000} s`));
    if (enough.aborted) giveUp();
    enough.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => enough.removeEventListener("abort", giveUp));
  });
}

function unanswered(server: string, error: unknown): ApiError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = SILENCE.has(code ?? "") ? "" : ` (${code ?? message})`;
  return new ApiError(null, `the API server at ${server} does not answer${why}`);
}

/** The message of a Status; of any other answer what it is. */
async function messageOf(response: IncomingMessage): Promise<string> {
  const type = response.headers["content-type"] ?? "";
  let body = "";
  try {
    for await (const chunk of response.setEncoding("utf8")) {
      body += chunk;
      if (body.length > MAX_BODY) break;
    }
    return (text(asObject(JSON.parse(body)).message) ?? "").slice(0, MAX_MESSAGE);
  } catch {
    if (/html/.test(type)) return "an HTML page: is there a proxy in between?";
    return body.slice(0, MAX_MESSAGE).trim();
  } finally {
    response.destroy();
  }
}

function tooLong(fault: string, bytes: number): ApiError {
  return new ApiError(
    null,
    `the API server's answer ${fault} ${bytes / 1024 / 1024} MB, which no object is; is it one, or a proxy in between?`,
  );
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    return asObject(JSON.parse(bytes.toString("utf8")));
  } catch {
    throw new ApiError(null, "the API server's answer is not JSON; is it one, or a proxy's page?");
  }
}
