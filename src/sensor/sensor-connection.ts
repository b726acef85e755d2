// EDGE: net
/** The sensor as a program of its own (`wirespan sensor --socket`), read through its Unix socket. */
import { connect } from "node:net";
import { FactReader } from "../facts/fact-reader.ts";
import { STREAM_VERSION } from "../facts/record-layout.ts";
import { FactStreamError } from "../model/errors.ts";
import { checkConnectable } from "../unix-socket.ts";
import {
  DONE,
  type Ending,
  HEARTBEAT_CHECKS,
  HEARTBEAT_MILLIS,
  type RunningSensor,
  type SensorHandlers,
  type SensorLoss,
  type SensorRun,
  SensorSupervisor,
} from "./sensor-supervisor.ts";
import { refusalOf, type StreamHello } from "./stream-hello.ts";

interface SensorConnectionOptions {
  /** Path of the sensor's socket. */
  readonly path: string;
  /** Ports that this end takes for DNS: the sensor must decode the same. */
  readonly dnsPorts: readonly number[];
  /** A sensor that sends nothing for so long is disconnected; 5 s. */
  readonly heartbeatMillis?: number;
}

/** As much as Node reads at once. */
const READ_BYTES = 65_536;

/** From the request to stop to the end of the stream; the sensor is not trusted. */
const CLOSE_MILLIS = 1_000;

/** Throws ConfigError where no sensor can ever listen at `path`. `option`: how the message names the path. */
export function checkSensorPath(path: string, option: string): void {
  checkConnectable(path, option);
}

/** Connects as soon as a sensor listens, and again whenever it is lost. */
export function connectToSensor(options: SensorConnectionOptions, handlers: SensorHandlers): RunningSensor {
  let lastSensor: string | null = null;
  return new SensorSupervisor(
    {
      mode: "patient",
      startRun: (onFacts) =>
        new Connection(options, handlers, onFacts, ({ sensor }) => {
          handlers.event({ type: "started", pid: null, hasSameCounters: sensor === lastSensor });
          lastSensor = sensor;
        }),
    },
    handlers,
  );
}

/** One connection, from the attempt to its end. */
class Connection implements SensorRun {
  readonly ended: Promise<Ending>;
  readonly #socket;
  readonly #reader: FactReader;
  readonly #heartbeat: NodeJS.Timeout;
  #hello: StreamHello | null = null;
  #broken: { readonly loss: SensorLoss; readonly reason: string } | null = null;
  #silentChecks = 0;
  #isStopping = false;

  constructor(
    { path, dnsPorts, heartbeatMillis = HEARTBEAT_MILLIS }: SensorConnectionOptions,
    { facts }: SensorHandlers,
    onFacts: (bytes: number) => void,
    onHello: (hello: StreamHello) => void,
  ) {
    // A reader of its own: each stream numbers its texts anew.
    this.#reader = new FactReader({
      spare: facts.spare,
      connection: (connection) => this.#whenKnown(() => facts.connection(connection)),
      lookup: (lookup) => this.#whenKnown(() => facts.lookup(lookup)),
      time: (micros) => this.#whenKnown(() => facts.time(micros)),
      counters: (counters) => this.#whenKnown(() => facts.counters(counters)),
      hello: (hello, streamVersion) => {
        if (this.#broken !== null) return;
        if (this.#hello !== null) throw new FactStreamError("two first records in the sensor's stream");
        const refusal = refusalOf(hello, streamVersion, { streamVersion: STREAM_VERSION, dnsPorts });
        if (refusal !== null) return this.#break("refused", refusal);
        this.#hello = hello as StreamHello;
        onHello(this.#hello);
      },
    });
    const socket = connect({
      path,
      allowHalfOpen: true,
      // Into one buffer, past the stream: the agent wakes up for little else, and a stream takes a new buffer for each read.
      onread: {
        buffer: Buffer.alloc(READ_BYTES),
        callback: (length, bytes) => {
          this.#read(bytes.subarray(0, length));
          if (this.#hello !== null) onFacts(length);
          return true;
        },
      },
    });
    this.#socket = socket;
    this.#heartbeat = setInterval(() => {
      if (++this.#silentChecks > HEARTBEAT_CHECKS) {
        this.#break("silent", `no heartbeat for ${heartbeatMillis / 1000} s`);
      }
    }, heartbeatMillis / HEARTBEAT_CHECKS);
    socket.once("end", () => socket.end());
    this.ended = new Promise((resolve) => {
      let error: NodeJS.ErrnoException | null = null;
      socket.once("error", (cause) => {
        error = cause;
      });
      socket.once("close", () => resolve(this.#ending(path, error)));
    });
  }

  stop(): void {
    this.#isStopping = true;
    this.#socket.end();
    const timer = setTimeout(
      () => this.#break("silent", `it did not close the stream within ${CLOSE_MILLIS / 1000} s`),
      CLOSE_MILLIS,
    );
    void this.ended.then(() => clearTimeout(timer));
  }

  #read(chunk: Uint8Array): void {
    if (this.#broken !== null) return;
    this.#silentChecks = 0;
    try {
      this.#reader.read(chunk);
    } catch (error) {
      if (!(error instanceof FactStreamError)) throw error;
      this.#break("garbled", error.message);
    }
  }

  /** Nothing counts before the first record, and nothing after a refusal. */
  #whenKnown(work: () => void): void {
    if (this.#broken !== null) return;
    if (this.#hello === null) throw new FactStreamError("the stream does not begin with its version");
    work();
  }

  #break(loss: SensorLoss, reason: string): void {
    this.#broken ??= { loss, reason };
    this.#socket.destroy();
  }

  #ending(path: string, error: NodeJS.ErrnoException | null): Ending {
    clearInterval(this.#heartbeat);
    const wasAlive = this.#hello !== null;
    const broken = this.#broken ?? { loss: "exited" as const, reason: this.#reason(path, error) };
    return { ...broken, refusal: null, wasAlive };
  }

  #reason(path: string, error: NodeJS.ErrnoException | null): string {
    if (this.#hello !== null) return this.#isStopping && error === null ? DONE : "the sensor closed its socket";
    const code = error?.code ?? "the stream ended";
    // Stopped before a sensor was there: nothing is missing.
    if (this.#isStopping) return DONE;
    if (code === "EACCES")
      return `no access to the sensor at ${path}; run both containers with the group of its directory`;
    return `no sensor at ${path} (${code}); start wirespan sensor --socket with the same path, or see in its log why it ended`;
  }
}
