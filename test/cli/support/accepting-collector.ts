import type { TestContext } from "node:test";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";

const asIs = (bytes: Buffer): Buffer => bytes;

/** An OTLP receiver that accepts everything; it ends with the test. */
export async function acceptingCollector(
  t: TestContext,
  address = "127.0.0.1:0",
): Promise<{ port: number; requests: () => number }> {
  let requests = 0;
  const server = new Server();
  const method = {
    path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    ...{ requestStream: false, responseStream: false },
    ...{ requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs },
  };
  server.addService(
    { export: method },
    {
      export(_: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) {
        requests++;
        callback(null, Buffer.alloc(0));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  t.after(() => server.forceShutdown());
  return { port, requests: () => requests };
}
