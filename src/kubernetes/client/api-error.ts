import { asObject, text } from "../objects/json-fields.ts";

/** What the API server answered instead of what was asked for; or that it did not answer. One sentence. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status; null where nothing was answered, or nothing could be asked. */
  readonly status: number | null;

  constructor(status: number | null, message: string) {
    super(message);
    this.status = status;
  }
}

export const FORBIDDEN = 403;
export const UNAUTHORIZED = 401;
export const NOT_FOUND = 404;
/** The server is busy, or is just starting or ending: it says nothing of what it can do. */
const TOO_MANY_REQUESTS = 429;
const UNAVAILABLE = 503;
/** The server has forgotten the version that was asked for: everything must be listed again. */
export const GONE = 410;

/** The error that an ERROR event of a watch carries: its object is a Status. */
export function statusError(status: unknown): ApiError {
  const { code, message } = asObject(status);
  return new ApiError(typeof code === "number" ? code : null, text(message) ?? "an error without a message");
}

/** Whether a server that refused to stream a list, and gave a paged one, does not know how to. */
export function cannotStreamLists({ status }: ApiError): boolean {
  return status !== null && ![FORBIDDEN, GONE, TOO_MANY_REQUESTS, UNAVAILABLE].includes(status);
}
