import { OtlpPort } from "../../model/interaction.ts";
import type { OtlpEndpoint } from "./otlp-endpoint.ts";
import {
  connectionReason,
  oneLine,
  outOfResources,
  problemOf,
  rejectsCredentials,
  rejectsSpans,
  TIMED_OUT,
  unavailable,
} from "./send-problem.ts";

const CLOSED =
  "closes the connection: check that the port is its OTLP HTTP port (4318, not 4317), and whether it requires https://";
const CLOSED_4317 =
  "closes the connection: port 4317 is usually OTLP over gRPC; set OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or use its HTTP port (4318)";
/** What Go's HTTP server answers to plain text on a TLS port. */
const WANTS_TLS = /HTTP request to an HTTPS server/i;

function notFound({ path }: OtlpEndpoint, details: string): string {
  if (path.split("?", 1)[0]?.endsWith("/v1/traces")) {
    return `does not accept traces at ${path} (${details}): add the otlp receiver with the http protocol to a traces pipeline, or correct OTEL_EXPORTER_OTLP_ENDPOINT, to which /v1/traces is appended`;
  }
  return `does not accept traces at this path (${details}): OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is used as it is, so append /v1/traces to it`;
}

function reasonOfStatus(endpoint: OtlpEndpoint, status: number, details: string): string {
  if (status >= 300 && status < 400) {
    return `redirects requests (${details}): set OTEL_EXPORTER_OTLP_ENDPOINT to the final address`;
  }
  switch (status) {
    case 401:
    case 403:
      return rejectsCredentials(details);
    case 404:
    case 405:
      return notFound(endpoint, details);
    case 413:
      return `rejects requests of this size (${details}): raise max_request_body_size of its otlp receiver, or lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE`;
    case 429:
      return outOfResources(details);
    case 502:
    case 503:
    case 504:
      return unavailable(details);
    default:
      if (WANTS_TLS.test(details)) return "requires TLS: use https:// in the endpoint";
      return rejectsSpans(details);
  }
}

/** A response other than success as one sentence with a fix. `message` is its reason, may be empty. */
export function httpStatusProblem(endpoint: OtlpEndpoint, status: number, message: string): string {
  const text = oneLine(message);
  const details = text === "" ? `HTTP ${status}` : `HTTP ${status}: ${text}`;
  return problemOf(endpoint, reasonOfStatus(endpoint, status, details));
}

/** A connection that failed, as one sentence with a fix. */
export function httpConnectionProblem(endpoint: OtlpEndpoint, details: string): string {
  const closed = endpoint.target.endsWith(`:${OtlpPort.grpc}`) ? CLOSED_4317 : CLOSED;
  return problemOf(endpoint, connectionReason(oneLine(details), closed));
}

/** A request without a response in time. */
export function httpTimeoutProblem(endpoint: OtlpEndpoint): string {
  return problemOf(endpoint, TIMED_OUT);
}
