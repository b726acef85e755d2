// An OTLP receiver over real gRPC with replies that the test chooses.
import { Metadata, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";

/** Replies to one request, immediately or later. */
export type Reply = (callback: sendUnaryData<Buffer>) => void;

export const ACCEPT: Reply = (callback) => callback(null, Buffer.alloc(0));

/** Accepts the request except some spans: ExportTraceServiceResponse with ExportTracePartialSuccess. */
export function acceptPart(rejectedSpans: number, message = ""): Reply {
  const text = [...Buffer.from(message)];
  const part = [...(rejectedSpans === 0 ? [] : [0x08, rejectedSpans]), 0x12, text.length, ...text];
  return (callback) => callback(null, Buffer.from([0x0a, part.length, ...part]));
}

/** A gRPC status, with optional google.rpc.Status details. */
export function refuse(code: number, statusDetails?: Uint8Array): Reply {
  const metadata = new Metadata();
  if (statusDetails !== undefined) metadata.set("grpc-status-details-bin", Buffer.from(statusDetails));
  return (callback) => callback({ code, details: "chosen by the test", metadata });
}

/** google.rpc.Status with a google.rpc.RetryInfo of 200 ms. */
export function retrySoon(): Uint8Array {
  const url = [...new TextEncoder().encode("type.googleapis.com/google.rpc.RetryInfo")];
  const value = [0x0a, 5, 0x10, 0x80, 0x84, 0xaf, 0x5f];
  const any = [0x0a, url.length, ...url, 0x12, value.length, ...value];
  return Uint8Array.from([0x08, 8, 0x1a, any.length, ...any]);
}

export interface OtlpRequest {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
  /** Source address and port, which identify the connection. */
  readonly peer: string;
}

export interface OtlpReceiver {
  readonly port: number;
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Requests since the start, or since the test removed them. */
  readonly requests: OtlpRequest[];
  stop(): void;
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** `replyTo` is called for each request after it is added to `requests`. */
export async function startOtlpReceiver(
  replyTo: (request: OtlpRequest) => Reply = () => ACCEPT,
  address = "127.0.0.1:0",
  credentials = ServerCredentials.createInsecure(),
): Promise<OtlpReceiver> {
  const requests: OtlpRequest[] = [];
  const server = new Server();
  const method = {
    path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
  server.addService(
    { export: method },
    {
      export(call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) {
        const request = { headers: call.metadata.getMap(), bytes: call.request, peer: call.getPeer() };
        requests.push(request);
        replyTo(request)(callback);
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  return { port, endpoint: `http://127.0.0.1:${port}`, requests, stop: () => server.forceShutdown() };
}
