// EDGE: HTTPS to the Kubernetes API server.
import { once } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { asObject } from "../objects/json-fields.ts";
import { MAX_OBJECT_LENGTH } from "../objects/kubernetes-objects.ts";
import type { ApiAccess } from "./api-access.ts";
import { ApiError } from "./api-error.ts";
import { connectionError, responseMessage, withTimeout } from "./failed-request.ts";

export interface ApiRequest {
  /** Path and query. */
  readonly path: string;
  readonly accept: string;
  readonly signal: AbortSignal;
  /** Time without any data after which the connection is closed. */
  readonly idleMillis: number;
}

interface ApiResponse {
  readonly body: Record<string, unknown>;
  /** The `Date` header, in whole seconds; null without one. */
  readonly serverMicros: number | null;
}

const KEEP_ALIVE_MILLIS = 30_000;
const NEWLINE = 0x0a;
/** Longest page of a list: 250 objects, each much larger than usual. */
const MAX_PAGE_BYTES = 64 * 1024 * 1024;

/** Sends GET requests to one API server, and counts requests and bytes. */
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

  /** The whole response. Throws ApiError. */
  async json(request: ApiRequest): Promise<ApiResponse> {
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
   * Resolves with the response's header; the generator yields each line as JSON until the response ends. Both throw
   * ApiError.
   */
  async jsonLines(request: ApiRequest): Promise<AsyncGenerator<Record<string, unknown>>> {
    return this.#lines(await this.#open(request));
  }

  async *#lines(response: IncomingMessage): AsyncGenerator<Record<string, unknown>> {
    let line: Buffer[] = [];
    let lineLength = 0;
    for await (const chunk of this.#chunks(response)) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        line.push(chunk.subarray(start, end));
        yield parse(line.length === 1 ? (line[0] as Buffer) : Buffer.concat(line));
        line = [];
        lineLength = 0;
        start = end + 1;
      }
      if (start === chunk.length) continue;
      lineLength += chunk.length - start;
      if (lineLength > MAX_OBJECT_LENGTH) throw tooLong("has a line of more than", MAX_OBJECT_LENGTH);
      line.push(chunk.subarray(start));
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
      throw connectionError(this.server, error);
    } finally {
      response.destroy();
    }
  }

  #createRequest(create: () => ClientRequest): ClientRequest {
    try {
      return create();
    } catch (error) {
      // For example, a token of two lines is not a valid header.
      throw new ApiError(null, `cannot create a request to ${this.server}: ${(error as Error).message}`);
    }
  }

  async #open({ path, accept, signal, idleMillis }: ApiRequest): Promise<IncomingMessage> {
    const url = new URL(this.#access.server + path);
    const options = await withTimeout(this.#access.options(), signal, idleMillis);
    this.counters.requests++;
    const isTls = url.protocol === "https:";
    const request = this.#createRequest(() =>
      (isTls ? httpsRequest : httpRequest)(url, {
        ...(isTls ? { agent: this.#agent } : {}),
        ...options,
        signal,
        headers: { ...options.headers, accept, "user-agent": "wirespan" },
      }),
    );
    request.setTimeout(idleMillis, () => {
      request.destroy(Object.assign(new Error("no data within the idle timeout"), { code: "ETIMEDOUT" }));
    });
    request.on("socket", (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MILLIS));
    request.end();
    let response: IncomingMessage;
    try {
      [response] = (await once(request, "response")) as [IncomingMessage];
    } catch (error) {
      throw connectionError(this.server, error);
    }
    // Later errors of the connection reach the reader of the response.
    request.on("error", () => {});
    if (response.statusCode === 200) return response;
    throw new ApiError(response.statusCode ?? null, await responseMessage(response));
  }
}

function tooLong(fault: string, bytes: number): ApiError {
  return new ApiError(
    null,
    `the API server's response ${fault} ${bytes / 1024 / 1024} MB, more than any object; check the address, and for a proxy in between`,
  );
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    return asObject(JSON.parse(bytes.toString("utf8")));
  } catch {
    throw new ApiError(null, "the API server's response is not JSON; check the address, and for a proxy in between");
  }
}
