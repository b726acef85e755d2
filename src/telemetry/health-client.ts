// EDGE: an HTTP request
import { request } from "node:http";

interface HealthResponse {
  /** HTTP status; null without a response. */
  readonly status: number | null;
  /** The body, or why there is no response. */
  readonly text: string;
}

/** An agent's metrics are some 20,000 characters long. */
const MAX_CHARACTERS = 4_194_304;

/** Requests `livez`, `readyz` or `metrics` from an agent at a Unix socket. Never rejects. */
export function requestHealth(socketPath: string, path: string, timeoutMillis: number): Promise<HealthResponse> {
  return new Promise((resolve) => {
    const timeout = AbortSignal.timeout(timeoutMillis);
    const sent = request({ socketPath, path: `/${path}`, signal: timeout, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        if (text.length > MAX_CHARACTERS) response.destroy(new Error(`more than ${MAX_CHARACTERS} characters`));
      });
      response.once("end", () => resolve({ status: response.statusCode ?? null, text }));
      response.once("error", failed);
    });
    const failed = (error: NodeJS.ErrnoException): void => {
      const reason = timeout.aborted ? `no answer in ${timeoutMillis / 1000} s` : (error.code ?? error.message);
      resolve({ status: null, text: `the agent does not answer at ${socketPath}: ${reason}\n` });
    };
    sent.once("error", failed);
    // No error and no response where a server switches protocols.
    sent.once("close", () => failed(new Error("closed without a response")));
    sent.end();
  });
}
