// EDGE: HTTP, the clock
import { ConfigError } from "../model/errors.ts";

const ANSWER_MILLIS = 10_000;

/** A series with its current value; `labels` excludes the name. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** An instant vector: https://prometheus.io/docs/prometheus/latest/querying/api/#instant-vectors */
interface VectorMember {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** Queries Prometheus, or a server with the same API: Mimir, Thanos, VictoriaMetrics. */
export class Prometheus {
  readonly url: string;
  /** How far this machine's clock is ahead of the server's, by the fastest response; null without a Date header. */
  secondsAhead: number | null = null;
  /** Contains the credentials, which must not appear in messages. */
  readonly #headers: Readonly<Record<string, string>> = {};
  #fastestMillis = Number.POSITIVE_INFINITY;

  /** `url` without `/api/v1/…`. Throws ConfigError. */
  constructor(url: string) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
      throw new ConfigError(`--prometheus ${JSON.stringify(url)} is not a URL; write it like http://prometheus:9090`);
    }
    const { username, password, ...parts } = parsedUrl(url);
    this.url = parts.url;
    if (username !== "" || password !== "")
      this.#headers = { authorization: `Basic ${btoa(`${username}:${password}`)}` };
  }

  /** The series of an instant query. Rejects with one sentence. */
  async query(expression: string): Promise<readonly Series[]> {
    const sentMillis = Date.now();
    const { response, text } = await this.#get(`/api/v1/query?query=${encodeURIComponent(expression)}`);
    this.#compareClocks(sentMillis, Date.now(), Date.parse(response.headers.get("date") ?? ""));
    const result = vectorOf(text);
    if (!response.ok || result === null) {
      throw new Error(`${this.url} does not answer as Prometheus does (HTTP ${response.status}); correct --prometheus`);
    }
    return result.map(({ metric: { __name__: name = "", ...labels }, value }) => ({
      name,
      labels,
      value: Number(value[1]),
    }));
  }

  /** The server took its time between request and response; the faster the response, the more precise the comparison. */
  #compareClocks(sentMillis: number, receivedMillis: number, dateMillis: number): void {
    const tookMillis = receivedMillis - sentMillis;
    if (Number.isNaN(dateMillis) || tookMillis >= this.#fastestMillis) return;
    this.#fastestMillis = tookMillis;
    // The Date header is truncated to whole seconds: on average the time was half a second later.
    this.secondsAhead = (sentMillis + tookMillis / 2 - dateMillis - 500) / 1000;
  }

  async #get(path: string): Promise<{ readonly response: Response; readonly text: string }> {
    try {
      const response = await fetch(`${this.url}${path}`, {
        headers: this.#headers,
        signal: AbortSignal.timeout(ANSWER_MILLIS),
      });
      return { response, text: await response.text() };
    } catch (error) {
      const cause = (error as Error).cause as { readonly code?: string; readonly message?: string } | undefined;
      const reason = cause?.code ?? cause?.message ?? (error as Error).name;
      throw new Error(`${this.url} does not answer (${reason}); start Prometheus, or correct --prometheus`);
    }
  }
}

function parsedUrl(text: string): { readonly url: string; readonly username: string; readonly password: string } {
  const url = new URL(text);
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = "";
  url.password = "";
  return { url: url.href.replace(/\/+$/, ""), username, password };
}

/** Null if the text is not an instant vector. */
function vectorOf(text: string): readonly VectorMember[] | null {
  try {
    const { result } = JSON.parse(text).data;
    return Array.isArray(result) && result.every(isMember) ? result : null;
  } catch {
    return null;
  }
}

function isMember(member: unknown): member is VectorMember {
  const { metric, value } = (member ?? {}) as Partial<VectorMember>;
  return typeof metric === "object" && metric !== null && Array.isArray(value) && typeof value[1] === "string";
}
