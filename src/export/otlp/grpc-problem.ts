import { OtlpPort } from "../../model/interaction.ts";
import type { GrpcProxy } from "./grpc-proxy.ts";
import { GrpcStatus } from "./grpc-status.ts";
import { type GrpcFailure, isUnsent } from "./grpc-verdict.ts";
import type { OtlpEndpoint } from "./otlp-endpoint.ts";
import {
  connectionReason,
  oneLine,
  outOfResources,
  problemOf,
  rejectsCredentials,
  rejectsSpans,
  TIMED_OUT,
} from "./send-problem.ts";

const CLOSED =
  "closes the connection: check that the port is its OTLP gRPC port (4317, not 4318), and whether it requires https://";
const CLOSED_4318 =
  "closes the connection: port 4318 is usually OTLP over HTTP; set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, or use its gRPC port (4317)";

function reason({ target }: OtlpEndpoint, code: number | null, details: string): string {
  switch (code) {
    case GrpcStatus.unavailable:
      return connectionReason(details, target.endsWith(`:${OtlpPort.http}`) ? CLOSED_4318 : CLOSED);
    case GrpcStatus.deadlineExceeded:
      return TIMED_OUT;
    case GrpcStatus.unauthenticated:
    case GrpcStatus.permissionDenied:
      return rejectsCredentials(details);
    case GrpcStatus.unimplemented:
      return "does not accept traces over OTLP gRPC: add the otlp receiver with the grpc protocol to a traces pipeline, or correct OTEL_EXPORTER_OTLP_ENDPOINT";
    case GrpcStatus.resourceExhausted:
      return outOfResources(details);
    default:
      return rejectsSpans(details);
  }
}

function behind({ address, variable, reason }: GrpcProxy): string {
  const why = reason === null ? "" : ` (${reason})`;
  return `is unreachable through the proxy ${address} of ${variable}${why}: correct or unset ${variable}, or add the Collector's host to no_proxy`;
}

/** A failed request as one sentence with a fix. `proxy`: through which it was to go; null: none. */
export function grpcProblem(
  endpoint: OtlpEndpoint,
  { code, details, isAnswered }: Pick<GrpcFailure, "code" | "details" | "isAnswered">,
  proxy: GrpcProxy | null = null,
): string {
  const isNeverSent = !isAnswered && isUnsent(details);
  if (isNeverSent && proxy !== null) return problemOf(endpoint, behind(proxy));
  // Without an answer it is the connection, whatever code grpc-js gives it.
  const isLost = code !== null && !isAnswered && (code !== GrpcStatus.deadlineExceeded || isNeverSent);
  return problemOf(endpoint, reason(endpoint, isLost ? GrpcStatus.unavailable : code, oneLine(details)));
}
