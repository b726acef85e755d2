// EDGE: the body of a response
import type { IncomingMessage } from "node:http";
import { asObject, text } from "../objects/json-fields.ts";
import { ApiError } from "./api-error.ts";

/** Forms that one outage takes on different connections. All have the same message, so that it is reported once. */
const OUTAGE_CODES = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ERR_STREAM_PREMATURE_CLOSE"]);
const MAX_MESSAGE_CHARACTERS = 200;
/** Longest body of an error response; a Status is shorter. */
const MAX_ERROR_CHARACTERS = 65_536;

/** Bounds the time to get credentials, because a credential plugin may hang. */
export function withTimeout<T>(credentials: Promise<T>, signal: AbortSignal, millis: number): Promise<T> {
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(millis)]);
  return new Promise((resolve, reject) => {
    const rejectLate = (): void => reject(new ApiError(null, `credentials did not arrive within ${millis / 1000} s`));
    if (timeout.aborted) rejectLate();
    timeout.addEventListener("abort", rejectLate, { once: true });
    credentials.then(resolve, reject).finally(() => timeout.removeEventListener("abort", rejectLate));
  });
}

export function connectionError(server: string, error: unknown): ApiError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = OUTAGE_CODES.has(code ?? "") ? "" : ` (${code ?? message})`;
  return new ApiError(null, `the API server at ${server} does not answer${reason}; check that this machine reaches it`);
}

/** The message of a Status, or a description of another body. */
export async function responseMessage(response: IncomingMessage): Promise<string> {
  const type = response.headers["content-type"] ?? "";
  let body = "";
  try {
    for await (const chunk of response.setEncoding("utf8")) {
      body += chunk;
      if (body.length > MAX_ERROR_CHARACTERS) break;
    }
    return (text(asObject(JSON.parse(body)).message) ?? "").slice(0, MAX_MESSAGE_CHARACTERS);
  } catch {
    if (/html/.test(type)) return "the response is an HTML page; check for a proxy in between";
    return body.slice(0, MAX_MESSAGE_CHARACTERS).trim();
  } finally {
    response.destroy();
  }
}
