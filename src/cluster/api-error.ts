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
/** The server has forgotten the version that was asked for: everything must be listed again. */
export const GONE = 410;
