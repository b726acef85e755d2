// An OTLP receiver over real HTTP that answers as the test wants it.
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gunzipSync } from "node:zlib";

export interface HttpOtlpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** Decompressed. */
  readonly bytes: Buffer;
  /** Port from which it came: another one is another connection. */
  readonly peer: string;
}

/** Answers a request that has been read. */
export type HttpReply = (response: ServerResponse, socket: Socket) => void;

/** Status, headers and body. */
export function reply(status: number, headers: Record<string, string> = {}, body: string | Buffer = ""): HttpReply {
  return (response) => void response.writeHead(status, headers).end(body);
}

export const PROTOBUF = { "content-type": "application/x-protobuf" };
export const TAKE = reply(200, PROTOBUF);

export interface HttpOtlpReceiver {
  readonly port: number;
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Since the start, or since they were last taken out. */
  readonly requests: HttpOtlpRequest[];
  stop(): void;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const bytes = Buffer.concat(await request.toArray());
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
}

/** `replyTo` is asked for each request, which stands in `requests` already. */
export async function startHttpReceiver(
  replyTo: (request: HttpOtlpRequest) => HttpReply = () => TAKE,
  create: (listener: RequestListener) => Server = createServer,
  host = "127.0.0.1",
  wantedPort = 0,
): Promise<HttpOtlpReceiver> {
  const requests: HttpOtlpRequest[] = [];
  const server = create(async (message, response) => {
    const { method = "", url = "", headers, socket } = message;
    const peer = `${socket.remotePort}`;
    const request = { method, path: url, headers, bytes: await bodyOf(message), peer };
    requests.push(request);
    replyTo(request)(response, socket);
  });
  server.listen(wantedPort, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port, endpoint: `http://${host}:${port}`, requests, stop };
}
