import { GrpcStatus } from "../queue/grpc-status.ts";
import type { OtlpEndpoint } from "./otlp-environment.ts";

interface Hint {
  readonly pattern: RegExp;
  readonly says: string;
}

/** What stands in gRPC's reason for "unavailable", and what a person can do about it. First match wins. */
const UNAVAILABLE_HINTS: readonly Hint[] = [
  {
    pattern: /wrong version number|packet length too long|EPROTO/i,
    says: "does not speak TLS: write http:// in front of the endpoint, or give the Collector a certificate",
  },
  {
    pattern: /self.signed|unable to (get|verify)|certificate (has expired|is not|signature)|CERT_|altnames/i,
    says: "shows a certificate that is not trusted: set OTEL_EXPORTER_OTLP_CERTIFICATE to the authority's PEM file and use the name that stands in the certificate",
  },
  {
    pattern: /certificate required|bad certificate|handshake failure/i,
    says: "wants a client certificate: set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY",
  },
  {
    pattern: /Name resolution failed|ENOTFOUND|EAI_AGAIN/i,
    says: "cannot be found by name: correct OTEL_EXPORTER_OTLP_ENDPOINT",
  },
  {
    pattern: /ECONNREFUSED/,
    says: "refuses the connection: start it, or correct OTEL_EXPORTER_OTLP_ENDPOINT",
  },
  {
    pattern: /EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|before connection/i,
    says: "cannot be reached over the network: correct OTEL_EXPORTER_OTLP_ENDPOINT, or let a firewall or NetworkPolicy pass it",
  },
  {
    pattern: /ECONNRESET|Failed to connect|socket hang up|Connection dropped|Protocol error|Parse Error/i,
    says: "closes the connection: see that this is its OTLP gRPC port (4317, not 4318) and whether it wants https://",
  },
];

function unavailable(details: string): string {
  const hint = UNAVAILABLE_HINTS.find(({ pattern }) => pattern.test(details));
  return hint?.says ?? `is not available (${details}): see its log, or correct OTEL_EXPORTER_OTLP_ENDPOINT`;
}

function reason(code: number | null, details: string): string {
  switch (code) {
    case GrpcStatus.unavailable:
      return unavailable(details);
    case GrpcStatus.deadlineExceeded:
      return "does not answer in time: see its load, or raise OTEL_EXPORTER_OTLP_TIMEOUT";
    case GrpcStatus.unauthenticated:
    case GrpcStatus.permissionDenied:
      return `refuses the credentials (${details}): correct OTEL_EXPORTER_OTLP_HEADERS`;
    case GrpcStatus.unimplemented:
      return "takes no traces over OTLP gRPC: add the otlp receiver with the grpc protocol to a traces pipeline, or correct OTEL_EXPORTER_OTLP_ENDPOINT";
    case GrpcStatus.resourceExhausted:
      return `takes no more at the moment (${details}): give it more memory, or raise its limits`;
    default:
      return `refuses the spans (${details}): see its log`;
  }
}

const MAX_REASON = 200;

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, MAX_REASON);
}

/** That a request was taken in part, as one sentence with a fix. `message` is what the Collector says of it. */
export function partialProblem(endpoint: OtlpEndpoint, rejected: number, all: number, message: string): string {
  const why = oneLine(message) === "" ? "" : ` (${oneLine(message)})`;
  return `The Collector at ${endpoint.written} rejected ${rejected} spans of a request of ${all}${why}: see its log, and that of what it sends to.`;
}

/** Why a request failed, as one sentence with a fix. `code` is a gRPC status code, `details` gRPC's own text. */
export function sendProblem(endpoint: OtlpEndpoint, code: number | null, details: string): string {
  return `The Collector at ${endpoint.written} ${reason(code, oneLine(details))}.`;
}
