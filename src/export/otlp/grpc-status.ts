/** gRPC status codes: https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const GrpcStatus = {
  ok: 0,
  cancelled: 1,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;
