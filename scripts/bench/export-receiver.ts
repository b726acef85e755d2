// EDGE: a gRPC server. Accepts all spans in a separate process, whose time is not measured; prints its port.
import { Server, ServerCredentials } from "@grpc/grpc-js";

const asIs = (bytes: Buffer): Buffer => bytes;
const server = new Server();
server.addService(
  {
    export: {
      path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  },
  { export: (_: unknown, callback: (error: null, answer: Buffer) => void) => callback(null, Buffer.alloc(0)) },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(port);
});
