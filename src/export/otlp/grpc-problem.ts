import { OtlpPort } from "../../model/interaction.ts";
import { GrpcStatus } from "./grpc-status.ts";
import type { GrpcFailure } from "./grpc-verdict.ts";
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

/** A failed request as one sentence with a fix. */
export function grpcProblem(
  endpoint: OtlpEndpoint,
  { code, details, isAnswered }: Pick<GrpcFailure, "code" | "details" | "isAnswered">,
): string {
  // Without an answer it is the connection, whatever code grpc-js gives it.
  const isLost = code !== null && code !== GrpcStatus.deadlineExceeded && !isAnswered;
  return problemOf(endpoint, reason(endpoint, isLost ? GrpcStatus.unavailable : code, oneLine(details)));
}
