import { GrpcStatus } from "../queue/grpc-status.ts";
import type { OtlpEndpoint } from "./otlp-environment.ts";

interface Hint {
  readonly pattern: RegExp;
  readonly text: string;
}

/** Patterns in the details of UNAVAILABLE, and the fix. First match wins. */
const UNAVAILABLE_HINTS: readonly Hint[] = [
  {
    pattern: /wrong version number|packet length too long|EPROTO/i,
    text: "does not use TLS: use http:// in the endpoint, or configure TLS in the Collector",
  },
  {
    pattern: /self.signed|unable to (get|verify)|certificate (has expired|is not|signature)|CERT_|altnames/i,
    text: "has an untrusted certificate: set OTEL_EXPORTER_OTLP_CERTIFICATE to the PEM file of its authority, and use a host name of the certificate",
  },
  {
    pattern: /certificate required|bad certificate|handshake failure/i,
    text: "requires a client certificate: set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY",
  },
  {
    pattern: /Name resolution failed|ENOTFOUND|EAI_AGAIN/i,
    text: "has a host name that does not resolve: correct OTEL_EXPORTER_OTLP_ENDPOINT",
  },
  {
    pattern: /ECONNREFUSED/,
    text: "refuses the connection: start it, or correct OTEL_EXPORTER_OTLP_ENDPOINT",
  },
  {
    pattern: /EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|before connection/i,
    text: "is unreachable: correct OTEL_EXPORTER_OTLP_ENDPOINT, or allow the connection in firewalls and NetworkPolicies",
  },
  {
    pattern: /ECONNRESET|Failed to connect|socket hang up|Connection dropped|Protocol error|Parse Error/i,
    text: "closes the connection: check that the port is its OTLP gRPC port (4317, not 4318), and whether it requires https://",
  },
];

function unavailable(details: string): string {
  const hint = UNAVAILABLE_HINTS.find(({ pattern }) => pattern.test(details));
  return hint?.text ?? `is unavailable (${details}): check its log, or correct OTEL_EXPORTER_OTLP_ENDPOINT`;
}

function reason(code: number | null, details: string): string {
  switch (code) {
    case GrpcStatus.unavailable:
      return unavailable(details);
    case GrpcStatus.deadlineExceeded:
      return "did not respond in time: check its load, or increase OTEL_EXPORTER_OTLP_TIMEOUT";
    case GrpcStatus.unauthenticated:
    case GrpcStatus.permissionDenied:
      return `rejects the credentials (${details}): correct OTEL_EXPORTER_OTLP_HEADERS`;
    case GrpcStatus.unimplemented:
      return "does not accept traces over OTLP gRPC: add the otlp receiver with the grpc protocol to a traces pipeline, or correct OTEL_EXPORTER_OTLP_ENDPOINT";
    case GrpcStatus.resourceExhausted:
      return `is out of resources (${details}): give it more memory, or raise its limits`;
    default:
      return `rejects the spans (${details}): check its log`;
  }
}

const MAX_REASON = 200;

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, MAX_REASON);
}

/** A partial success as one sentence with a fix. `message` is the reason from the Collector. */
export function partialProblem(endpoint: OtlpEndpoint, rejected: number, all: number, message: string): string {
  const why = oneLine(message) === "" ? "" : ` (${oneLine(message)})`;
  return `the Collector at ${endpoint.written} rejected ${rejected} of ${all} spans${why}: check its log and that of its backend`;
}

/** A failed request as one sentence with a fix. `code` is the gRPC status code, `details` its message. */
export function sendProblem(endpoint: OtlpEndpoint, code: number | null, details: string): string {
  return `the Collector at ${endpoint.written} ${reason(code, oneLine(details))}`;
}
