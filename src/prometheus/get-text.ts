// EDGE: HTTP
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { PrometheusAccess } from "./prometheus-access.ts";
import { connectionError, PrometheusError, statusError } from "./prometheus-error.ts";

/** Enough for a million samples. */
const MAX_BYTES = 48 * 1024 * 1024;
const MAX_ERROR_BYTES = 65_536;

interface TextResponse {
  readonly text: string;
  /** Milliseconds since the Unix epoch, in whole seconds; NaN without the header. */
  readonly dateMillis: number;
}

/**
 * The body of a response with status 200. Rejects with a PrometheusError. Node's global agents make the connection, and so
 * use a proxy where Node does (NODE_USE_ENV_PROXY).
 */
export async function getText(access: PrometheusAccess, path: string, timeoutMillis: number): Promise<TextResponse> {
  const signal = AbortSignal.timeout(timeoutMillis);
  try {
    const response = await open(access, path, signal);
    const { statusCode: status = 0, headers } = response;
    const text = await bodyOf(response, status === 200 ? MAX_BYTES : MAX_ERROR_BYTES);
    if (status !== 200) throw statusError(access.url, status, text ?? "", headers.location);
    if (text === null) {
      throw new PrometheusError(`${access.url} sends more than ${MAX_BYTES / 1024 / 1024} MB; reduce --range`, true);
    }
    return { text, dateMillis: Date.parse(headers.date ?? "") };
  } catch (error) {
    if (error instanceof PrometheusError) throw error;
    if (signal.aborted) {
      throw new PrometheusError(
        `${access.url} does not answer within ${timeoutMillis / 1000} s; reduce --range, or check Prometheus`,
        true,
      );
    }
    throw connectionError(access.url, reasonOf(error as Error));
  }
}

function open(
  { url, headers, authority }: PrometheusAccess,
  path: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const target = new URL(url + path);
  const options = {
    signal,
    headers: { ...headers, accept: "application/json", "accept-encoding": "gzip", "user-agent": "wirespan" },
  };
  return new Promise((resolve, reject) => {
    const request =
      target.protocol === "https:"
        ? httpsRequest(target, { ...options, ...(authority !== null && { ca: authority }) })
        : httpRequest(target, options);
    request.once("response", resolve);
    // Errors after the response reach its reader.
    request.on("error", reject);
    // Node emits no error where a server switches protocols.
    request.once("close", () => reject(new Error("closed without a response")));
    request.end();
  });
}

/** Null if the body is longer. */
async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<string | null> {
  const isCompressed = response.headers["content-encoding"] === "gzip";
  const body: Readable = isCompressed ? response.pipe(createGunzip()) : response;
  // Without it, a lost connection would leave the decompression waiting.
  if (isCompressed) response.once("error", (error) => body.destroy(error));
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) return null;
      chunks.push(chunk);
    }
  } finally {
    response.destroy();
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Code or message; of several addresses, that of the first. */
function reasonOf(error: Error): string {
  const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [];
  const { code, message } = (first ?? error) as NodeJS.ErrnoException;
  return code ?? message;
}
