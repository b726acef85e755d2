// EDGE: the clock
import { getText } from "./get-text.ts";
import type { PrometheusAccess } from "./prometheus-access.ts";
import { PrometheusError } from "./prometheus-error.ts";

type Labels = Readonly<Record<string, string>>;

/** A series with its value at one time; `labels` excludes the name. */
export interface Series {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** A series with its samples, sorted by time; `labels` includes the name. */
export interface SampledSeries {
  readonly labels: Labels;
  /** Seconds since the Unix epoch, and the value as text. */
  readonly samples: readonly (readonly [seconds: number, value: string])[];
}

/** One series of a result: https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats */
interface Member {
  readonly metric: Labels;
  readonly value?: readonly [time: number, value: string];
  readonly values?: readonly (readonly [time: number, value: string])[];
}

/** Long enough for a check; a server may take 2 min for a query. */
const ANSWER_MILLIS = 10_000;

/** Queries Prometheus, or a server with the same API: Mimir, Thanos, VictoriaMetrics. */
export class Prometheus {
  readonly url: string;
  /** How far this machine's clock is ahead of the server's, by the fastest response; null without a Date header. */
  secondsAhead: number | null = null;
  readonly #access: PrometheusAccess;
  readonly #timeoutMillis: number;
  #fastestMillis = Number.POSITIVE_INFINITY;

  constructor(access: PrometheusAccess, timeoutMillis = ANSWER_MILLIS) {
    this.#access = access;
    this.#timeoutMillis = timeoutMillis;
    this.url = access.url;
  }

  /** The series of an instant query, now or at a time. Rejects with a PrometheusError. */
  async query(expression: string, atSeconds?: number): Promise<readonly Series[]> {
    const members = await this.#members("query", {
      query: expression,
      ...(atSeconds !== undefined && { time: atSeconds }),
    });
    return members.map(({ metric: { __name__: name = "", ...labels }, value }) => {
      if (value === undefined) throw this.#unlike();
      return { name, labels, value: Number(value[1]) };
    });
  }

  /** The samples that a range selector such as `up[5m]` selects at a time. Rejects with a PrometheusError. */
  async samples(selector: string, atSeconds: number): Promise<readonly SampledSeries[]> {
    return this.#matrix("query", { query: selector, time: atSeconds });
  }

  /** The values of an expression at each step of a range, both ends included. Rejects with a PrometheusError. */
  async steps(expression: string, range: StepRange): Promise<readonly SampledSeries[]> {
    return this.#matrix("query_range", { query: expression, ...range });
  }

  async #matrix(
    endpoint: "query" | "query_range",
    parameters: Readonly<Record<string, string | number>>,
  ): Promise<readonly SampledSeries[]> {
    const members = await this.#members(endpoint, parameters);
    return members.map(({ metric: labels, values: samples }) => {
      if (samples === undefined) throw this.#unlike();
      return { labels, samples };
    });
  }

  async #members(
    endpoint: "query" | "query_range",
    parameters: Readonly<Record<string, string | number>>,
  ): Promise<readonly Member[]> {
    const search = Object.entries(parameters).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
    const sentMillis = Date.now();
    const { text, dateMillis } = await getText(
      this.#access,
      `/api/v1/${endpoint}?${search.join("&")}`,
      this.#timeoutMillis,
    );
    this.#compareClocks(sentMillis, Date.now(), dateMillis);
    const members = membersOf(text);
    if (members === null) throw this.#unlike();
    return members;
  }

  #unlike(): PrometheusError {
    return new PrometheusError(`${this.url} does not answer as Prometheus does (HTTP 200); correct --prometheus`);
  }

  /** The server took its time between request and response; the faster the response, the more precise the comparison. */
  #compareClocks(sentMillis: number, receivedMillis: number, dateMillis: number): void {
    const tookMillis = receivedMillis - sentMillis;
    if (Number.isNaN(dateMillis) || tookMillis >= this.#fastestMillis) return;
    this.#fastestMillis = tookMillis;
    // The Date header is truncated to whole seconds: on average the time was half a second later.
    this.secondsAhead = (sentMillis + tookMillis / 2 - dateMillis - 500) / 1000;
  }
}

/** Seconds. */
interface StepRange {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Null if the text is neither a vector nor a matrix. */
function membersOf(text: string): readonly Member[] | null {
  try {
    const { result } = JSON.parse(text).data;
    return Array.isArray(result) && result.every(isMember) ? result : null;
  } catch {
    return null;
  }
}

function isMember(member: unknown): member is Member {
  const { metric, value, values } = (member ?? {}) as Partial<Member>;
  if (typeof metric !== "object" || metric === null) return false;
  return isSample(value) || (Array.isArray(values) && values.every(isSample));
}

function isSample(sample: unknown): boolean {
  return Array.isArray(sample) && typeof sample[0] === "number" && typeof sample[1] === "string";
}
