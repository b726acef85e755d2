/** A request to Prometheus that failed. The message is one sentence with the fix. */
export class PrometheusError extends Error {
  override readonly name = "PrometheusError";
  /** A limit on samples, points, time or bytes: the same data may be read by smaller queries. */
  readonly isTooMuch: boolean;

  constructor(message: string, isTooMuch = false) {
    super(message);
    this.isTooMuch = isTooMuch;
  }
}

const LIMIT = /exceed|too (many|large|long)|limit|timed out|timeout|maximum/i;
const LIMIT_STATUSES = new Set([400, 413, 422, 500, 503]);
/** Statuses of a gateway that waited too long, and of a request that is too large. */
const ALWAYS_LIMITS = new Set([413, 504]);
const MAX_REASON = 200;

/** A response that is no result. `body`: the beginning of its body is enough. */
export function statusError(url: string, status: number, body: string, location: string | undefined): PrometheusError {
  const reason = reasonIn(body);
  const detail = `HTTP ${status}${reason === "" ? "" : `: ${reason}`}`;
  if (ALWAYS_LIMITS.has(status) || (LIMIT_STATUSES.has(status) && LIMIT.test(reason))) {
    return new PrometheusError(`${url} refuses so large a query (${detail}); reduce --range, or raise its limit`, true);
  }
  if (status === 401 || status === 403) {
    return new PrometheusError(
      `${url} denies access (${detail}); set PROMETHEUS_TOKEN, or a header such as X-Scope-OrgID with --prometheus-header`,
    );
  }
  if (status === 404) {
    return new PrometheusError(
      `${url} has no Prometheus API (${detail}); add the prefix to --prometheus, such as /prometheus for Mimir`,
    );
  }
  if (status >= 300 && status < 400) {
    return new PrometheusError(
      `${url} redirects to ${location ?? "another address"} (${detail}); pass the address of the API to --prometheus, or its credentials`,
    );
  }
  if (status === 429) return new PrometheusError(`${url} limits requests (${detail}); try again later`);
  if (reason !== "" && status >= 400) {
    return new PrometheusError(`${url} cannot answer (${detail}); check Prometheus, or correct --prometheus`);
  }
  return new PrometheusError(`${url} does not answer as Prometheus does (${detail}); correct --prometheus`);
}

/** The `error` of Prometheus, or a short plain text; empty for pages and other bodies. */
function reasonIn(body: string): string {
  try {
    const { error } = JSON.parse(body) as { readonly error?: unknown };
    return typeof error === "string" ? oneLine(error) : "";
  } catch {
    return /^\s*[<{[]/.test(body) ? "" : oneLine(body);
  }
}

function oneLine(text: string): string {
  const printable = text
    .replaceAll(/[^ -~]+/g, " ")
    .trim()
    .replace(/[.;]$/, "");
  return printable.length > MAX_REASON ? `${printable.slice(0, MAX_REASON)}…` : printable;
}

/** No response, by an error code or message of Node. */
export function connectionError(url: string, reason: string): PrometheusError {
  if (/CERT|SIGN|ISSUER|ALTNAME|CRL/i.test(reason)) {
    return new PrometheusError(
      `the certificate of ${url} is not trusted (${reason}); pass its CA with --prometheus-ca-file`,
    );
  }
  if (/WRONG_VERSION|EPROTO|packet length/i.test(reason)) {
    return new PrometheusError(`${url} does not speak TLS (${reason}); write http:// in --prometheus`);
  }
  return new PrometheusError(`${url} does not answer (${reason}); start Prometheus, or correct --prometheus`);
}
