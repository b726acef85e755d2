import type { OtlpEndpoint } from "./otlp-endpoint.ts";

interface Hint {
  readonly pattern: RegExp;
  readonly text: string;
}

/** Patterns in the error of a connection, and the fix. First match wins. */
const CONNECTION_HINTS: readonly Hint[] = [
  {
    pattern: /certificate.required|bad.certificate|handshake.failure/i,
    text: "requires a client certificate: set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY",
  },
  {
    pattern: /wrong version number|packet length too long|EPROTO/i,
    text: "does not use TLS: use http:// in the endpoint, or configure TLS in the Collector",
  },
  {
    pattern: /self.signed|unable to (get|verify)|certificate (has expired|is not|signature)|CERT_|altnames/i,
    text: "has an untrusted certificate: set OTEL_EXPORTER_OTLP_CERTIFICATE to the PEM file of its authority, and use a host name of the certificate",
  },
  {
    pattern: /Name resolution failed|ENOTFOUND|EAI_AGAIN|waiting for name resolution/i,
    text: "has a host name that does not resolve: correct OTEL_EXPORTER_OTLP_ENDPOINT",
  },
  {
    pattern: /ECONNREFUSED/,
    text: "refuses the connection: start it, or correct OTEL_EXPORTER_OTLP_ENDPOINT",
  },
  {
    pattern: /EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|before connection|waiting for LB pick/i,
    text: "is unreachable: correct OTEL_EXPORTER_OTLP_ENDPOINT, or allow the connection in firewalls and NetworkPolicies",
  },
];

const CLOSED = /ECONNRESET|EPIPE|Failed to connect|socket hang up|Connection dropped|Protocol error|Parse Error/i;

/** What is wrong with the connection; `closed` if the peer ended it or speaks another protocol. */
export function connectionReason(details: string, closed: string): string {
  const hint = CONNECTION_HINTS.find(({ pattern }) => pattern.test(details));
  if (hint !== undefined) return hint.text;
  return CLOSED.test(details) ? closed : unavailable(details);
}

export function unavailable(details: string): string {
  return `is unavailable (${details}): check its log, or correct OTEL_EXPORTER_OTLP_ENDPOINT`;
}

export const TIMED_OUT = "did not respond in time: check its load, or increase OTEL_EXPORTER_OTLP_TIMEOUT";

export function rejectsCredentials(details: string): string {
  return `rejects the credentials (${details}): correct OTEL_EXPORTER_OTLP_HEADERS`;
}

export function outOfResources(details: string): string {
  return `is out of resources (${details}): give it more memory, or raise its limits`;
}

export function rejectsSpans(details: string): string {
  return `rejects the spans (${details}): check its log`;
}

const MAX_REASON = 200;

export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, MAX_REASON);
}

/** A partial success as one sentence with a fix. `message` is the reason from the Collector. */
export function partialProblem(endpoint: OtlpEndpoint, rejected: number, all: number, message: string): string {
  const why = oneLine(message) === "" ? "" : ` (${oneLine(message)})`;
  return `the Collector at ${endpoint.written} rejected ${rejected} of ${all} spans${why}: check its log and that of its backend`;
}

/** A failed request as one sentence. `reason` has what is wrong and the fix. */
export function problemOf(endpoint: OtlpEndpoint, reason: string): string {
  return `the Collector at ${endpoint.written} ${reason}`;
}

/** A request that failed before it reached the transport. */
export function rejectedProblem(endpoint: OtlpEndpoint, details: string): string {
  return problemOf(endpoint, rejectsSpans(oneLine(details)));
}
