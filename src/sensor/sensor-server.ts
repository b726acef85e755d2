// EDGE: net, the clock
/**
 * The sensor as a program of its own: it listens on a Unix socket and serves the facts to one agent at a time. It holds
 * no credentials. While no agent is connected, packets wait in the kernel's ring, and the kernel counts those that do
 * not fit.
 */
import { randomUUID } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { FactWriter } from "../facts/fact-writer.ts";
import type { CaptureError } from "../model/errors.ts";
import { SocketPath } from "../unix-socket.ts";
import { VERSION } from "../version.ts";
import { ReaderGone, writeFacts } from "./fact-descriptor.ts";
import { LiveSensor, type LiveSensorOptions } from "./live-sensor.ts";
import { hasEnded, StopRequest } from "./stop-request.ts";
import type { StreamHello } from "./stream-hello.ts";

/** Owner and group: agent and sensor run with two user ids and share the volume's group. */
const SOCKET_MODE = 0o660;

/** An agent that reads nothing for so long is disconnected. */
const STALL_MILLIS = 5_000;

/** Packets that waited longer belong to a time that a new agent does not know the cluster of. */
const MAX_AGE_MICROS = 10e6;

interface SensorServerOptions extends LiveSensorOptions {
  readonly path: string;
  /** Default: 5 s. */
  readonly stallMillis?: number;
  /** A descriptor whose other end is closed when the sensor is to stop; a signal is not seen under a flood. */
  readonly stopDescriptor?: number;
}

interface SensorServerHandlers {
  /** An agent connected or left; one sentence. */
  event(sentence: string): void;
  /** `stopDescriptor` is closed: to be followed by `stop`. */
  stopRequested(): void;
  /** The device delivers no more packets: the server is closed. */
  failed(error: CaptureError): void;
}

interface SensorServer {
  /** Writes what was received until now to the agent, disconnects it and removes the socket. Idempotent. */
  stop(): Promise<void>;
}

/** Resolves when the device is open and the socket listens. Throws `CaptureError` or `ConfigError`. */
export async function startSensorServer(
  options: SensorServerOptions,
  handlers: SensorServerHandlers,
): Promise<SensorServer> {
  const served = new ServedSensor(options, handlers);
  try {
    await served.listen(options.path);
  } catch (error) {
    served.close();
    throw error;
  }
  return served;
}

interface Reader {
  readonly socket: Socket;
  readonly descriptor: number;
}

class ServedSensor implements SensorServer {
  readonly #options: SensorServerOptions;
  readonly #handlers: SensorServerHandlers;
  readonly #id = randomUUID();
  readonly #stopRequest: StopRequest | null;
  readonly #live: LiveSensor;
  readonly #server: Server;
  #path: SocketPath | null = null;
  #reader: Reader | null = null;
  #isClosed = false;
  #isStopping = false;
  /** No agent is served until the next capture is open. */
  #isReopening = false;
  #onReaderLeft: () => void = () => {};

  constructor(options: SensorServerOptions, handlers: SensorServerHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    const { stopDescriptor } = options;
    this.#stopRequest = stopDescriptor === undefined ? null : new StopRequest(stopDescriptor, handlers.stopRequested);
    this.#live = new LiveSensor(options, {
      write: (batch) => this.#write(batch),
      isStopRequested: () => this.#isStopRequested(),
      stopped: () => this.#farewell(),
      failed: (error) => {
        this.close();
        handlers.failed(error);
      },
    });
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#connected(socket));
  }

  async listen(path: string): Promise<void> {
    const options = { path, option: `--socket ${path}`, mode: SOCKET_MODE, report: this.#handlers.event };
    this.#path = await SocketPath.listen(this.#server, options);
    if (this.#isClosed) this.#path.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reader?.socket.destroy();
    this.#reader = null;
    this.#live.close();
    this.#path?.close();
    this.#onReaderLeft();
  }

  async stop(): Promise<void> {
    if (this.#reader !== null && !this.#isClosed) {
      const left = new Promise<void>((resolve) => {
        this.#onReaderLeft = resolve;
      });
      this.#isStopping = true;
      this.#live.stop();
      await left;
    }
    this.close();
  }

  #isStopRequested(): boolean {
    if (this.#stopRequest?.hasCome() === true) this.#isStopping = true;
    return this.#isStopping || (this.#reader !== null && hasEnded(this.#reader.descriptor));
  }

  #connected(socket: Socket): void {
    socket.on("error", () => {});
    this.#serve(socket);
  }

  #serve(socket: Socket): void {
    if (this.#isReopening) {
      setImmediate(() => this.#serve(socket));
      return;
    }
    const descriptor = descriptorOf(socket);
    if (this.#reader !== null || this.#isClosed || this.#isStopping || descriptor === null) {
      new FactWriter((batch) => socket.write(Buffer.from(batch))).begin(this.#hello(true));
      // Without reading: neither what an untrusted peer sends nor a connection that it leaves open may keep the descriptor.
      socket.destroySoon();
      return;
    }
    const reader: Reader = { socket, descriptor };
    this.#live.forgetOpen(MAX_AGE_MICROS);
    this.#reader = reader;
    // Nothing is read from it: its end is the agent's request to stop.
    socket.resume().once("end", () => this.#reader === reader && this.#live.stop());
    socket.once("close", () => this.#lost(reader, "it closed the connection"));
    this.#handlers.event("agent connected");
    this.#live.begin(this.#hello(false));
    if (this.#reader === reader) this.#live.run(MAX_AGE_MICROS);
  }

  #hello(isBusy: boolean): StreamHello {
    const { device, dnsPorts } = this.#options;
    return { wirespan: VERSION, sensor: this.#id, device, dnsPorts, isBusy };
  }

  /** Called from inside the packet callback, where an exception would end the process. */
  #write(batch: Uint8Array): void {
    const reader = this.#reader;
    if (reader === null) return;
    try {
      writeFacts(reader.descriptor, batch, this.#options.stallMillis ?? STALL_MILLIS);
    } catch (error) {
      this.#lost(reader, error instanceof ReaderGone ? error.message : String(error));
    }
  }

  /** The agent has everything that was received before it asked. */
  #farewell(): void {
    const reader = this.#reader;
    if (this.#isStopping) this.#live.finish();
    else this.#live.flush();
    // The last write may have found that it has gone.
    if (reader === null || this.#reader !== reader) return;
    this.#reader = null;
    reader.socket.end();
    this.#handlers.event("agent disconnected");
    this.#readerLeft();
  }

  #lost(reader: Reader, reason: string): void {
    if (this.#reader !== reader) return;
    this.#reader = null;
    reader.socket.destroy();
    this.#live.close();
    this.#handlers.event(`agent disconnected: ${reason}; facts sent last may be lost`);
    this.#readerLeft();
  }

  #readerLeft(): void {
    this.#onReaderLeft();
    this.#isReopening = true;
    // Not from inside the packet callback: libpcap is still at work there.
    setImmediate(() => {
      this.#isReopening = false;
      if (this.#isClosed || this.#isStopping) return;
      try {
        this.#live.reopen();
      } catch (error) {
        this.close();
        this.#handlers.failed(error as CaptureError);
      }
    });
  }
}

/** Node has no public way to the descriptor; without it facts cannot be written from inside the packet callback. */
function descriptorOf(socket: Socket): number | null {
  const { _handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } };
  const descriptor = _handle?.fd;
  return descriptor === undefined || descriptor < 0 ? null : descriptor;
}
