import { asObject, text } from "../objects/json-fields.ts";

/** A failed request to the API server: an error response, or no response. The message is one sentence. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status; null without a response. */
  readonly status: number | null;

  constructor(status: number | null, message: string) {
    super(message);
    this.status = status;
  }
}

export const UNAUTHORIZED = 401;
export const FORBIDDEN = 403;
export const NOT_FOUND = 404;
/** The requested resourceVersion has expired, so a new list is required. */
export const GONE = 410;
/** The API server has too much to do, and asks its clients to wait. */
export const TOO_MANY_REQUESTS = 429;
const SERVICE_UNAVAILABLE = 503;

/** The error in an ERROR event of a watch, whose object is a Status. */
export function statusError(status: unknown): ApiError {
  const { code, message } = asObject(status);
  return new ApiError(typeof code === "number" ? code : null, text(message) ?? "an error without a message");
}

/**
 * Whether an API server that refused to stream a list, and then returned a paged list, does not support streaming lists.
 * A busy, starting or stopping server does not show whether it does.
 */
export function cannotStreamLists({ status }: ApiError): boolean {
  return status !== null && ![FORBIDDEN, GONE, TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE].includes(status);
}
