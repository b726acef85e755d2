// EDGE: a WebSocket to the Kubernetes API server
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import { WebSocket } from "ws";
import type { ApiAccess } from "./api-access.ts";
import { ApiError } from "./api-error.ts";
import { connectionError, responseMessage, withTimeout } from "./failed-request.ts";

/** A TCP port of a pod, in the pod's network namespace, on loopback. */
interface ForwardedPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/**
 * Each message is a channel's number and bytes of that channel. Channel 0 has the connection's data, channel 1 the
 * kubelet's error as text; the first two bytes of each are the port. The protocol cannot close one direction.
 * https://github.com/kubernetes/kubernetes/blob/v1.34.4/staging/src/k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go
 */
const PROTOCOL = "v4.channel.k8s.io";
const DATA = 0;
const ERROR = 1;
const PORT_BYTES = 2;
/** The kubelet sends messages of at most 32 KiB. */
const MAX_MESSAGE_BYTES = 1 << 20;
const MAX_ERROR_BYTES = 4_096;
/** For the API server to close its side. */
const CLOSE_MILLIS = 1_000;

/**
 * Opens a connection to a port of a pod through the API server and the pod's kubelet. `signal` bounds the opening, not the
 * connection. Throws ApiError; 403 means that `create` on `pods/portforward` is missing (`get`, before Kubernetes 1.35).
 */
export async function openPortForward(
  access: ApiAccess,
  { namespace, pod, port }: ForwardedPort,
  signal: AbortSignal,
  timeoutMillis: number,
): Promise<Duplex> {
  const { agent, ...options } = await withTimeout(access.options(), signal, timeoutMillis);
  const url = new URL(`${access.server}/api/v1/namespaces/${namespace}/pods/${pod}/portforward?ports=${port}`);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url, PROTOCOL, {
    ...options,
    // Only a proxy's agent; by default each connection is of its own.
    ...(agent === undefined || agent === false ? {} : { agent }),
    headers: { ...(options.headers as Record<string, string>), "user-agent": "wirespan" },
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handshakeTimeout: timeoutMillis,
  });
  socket.binaryType = "nodebuffer";
  const connection = new ForwardedConnection(socket);
  const refused = new Promise<never>((_, reject) => {
    socket.once("unexpected-response", (_request, response: IncomingMessage) => {
      responseMessage(response).then((message) => reject(new ApiError(response.statusCode ?? null, message)));
    });
  });
  const end = new AbortController();
  try {
    await Promise.race([once(socket, "open", { signal: AbortSignal.any([signal, end.signal]) }), refused]);
    return connection;
  } catch (error) {
    connection.destroy();
    socket.terminate();
    throw error instanceof ApiError ? error : connectionError(access.server, error);
  } finally {
    end.abort();
    refused.catch(() => {});
  }
}

/** The data channel as a stream. An error of the kubelet destroys it with that error. */
class ForwardedConnection extends Duplex {
  readonly #socket: WebSocket;
  /** Bytes of the port to skip, by channel. */
  readonly #toSkip = [PORT_BYTES, PORT_BYTES];
  #error = "";

  constructor(socket: WebSocket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.on("message", (data) => this.#receive(data as Buffer));
    socket.on("close", () => this.#closed());
    socket.on("error", (error) => this.destroy(error));
    // While it opens, nothing else listens; later, the reader does.
    this.on("error", () => {});
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.send(Buffer.concat([Buffer.of(DATA), chunk]), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const socket = this.#socket;
    if (socket.readyState === WebSocket.OPEN) {
      socket.close();
      setTimeout(() => socket.terminate(), CLOSE_MILLIS).unref();
    }
    done(error);
  }

  #receive(message: Buffer): void {
    const channel = message[0];
    if (channel !== DATA && channel !== ERROR) return;
    const skipped = Math.min(this.#toSkip[channel] ?? 0, message.length - 1);
    this.#toSkip[channel] = (this.#toSkip[channel] ?? 0) - skipped;
    const bytes = message.subarray(1 + skipped);
    if (bytes.length === 0) return;
    if (channel === DATA) {
      if (!this.push(bytes)) this.#socket.pause();
    } else if (this.#error.length < MAX_ERROR_BYTES) this.#error += bytes.toString("utf8");
  }

  #closed(): void {
    if (this.#error !== "") this.destroy(new ApiError(null, this.#error.slice(0, MAX_ERROR_BYTES)));
    else this.push(null);
  }
}
