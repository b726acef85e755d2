// EDGE: an HTTP request
import { request } from "node:http";

interface HealthResponse {
  /** HTTP status; null without a response. */
  readonly status: number | null;
  /** The body, or why there is no response. */
  readonly text: string;
  /** The answer is not HTTP, or longer than any of an agent: another program listens there. */
  readonly isForeign: boolean;
}

/** An agent's metrics are some 20,000 characters long. */
const MAX_CHARACTERS = 4_194_304;
/** Start of the codes of Node's HTTP parser. */
const PARSE_ERROR = "HPE_";

class TooLong extends Error {}

/**
 * Requests `livez`, `readyz` or `metrics` from an agent at the path of a Unix socket or at `http://ADDRESS:PORT`. Never
 * rejects.
 */
export function requestHealth(at: string, path: string, timeoutMillis: number): Promise<HealthResponse> {
  return new Promise((resolve) => {
    const timeout = AbortSignal.timeout(timeoutMillis);
    const isUrl = at.startsWith("http://");
    const url = new URL(`/${path}`, isUrl ? at : "http://localhost");
    const options = { signal: timeout, agent: false, ...(isUrl ? {} : { socketPath: at }) } as const;
    const sent = request(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        if (text.length > MAX_CHARACTERS) response.destroy(new TooLong(`more than ${MAX_CHARACTERS} characters`));
      });
      response.once("end", () => resolve({ status: response.statusCode ?? null, text, isForeign: false }));
      response.once("error", failed);
    });
    const failed = (error: NodeJS.ErrnoException): void => {
      const reason = timeout.aborted ? `no answer in ${timeoutMillis / 1000} s` : (error.code ?? error.message);
      const isForeign = error instanceof TooLong || error.code?.startsWith(PARSE_ERROR) === true;
      resolve({ status: null, text: `the agent does not answer at ${at}: ${reason}\n`, isForeign });
    };
    sent.once("error", failed);
    // No error and no response where a server switches protocols.
    sent.once("close", () => failed(new Error("closed without a response")));
    sent.end();
  });
}
