// EDGE: child_process, process
/**
 * The parent's end of the sensor: starts it in a process of its own, reads its facts, and starts it again when it dies
 * or falls silent. A process and not a thread, so that it can be killed from outside while packets keep it busy.
 */
import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type FactHandlers, FactReader, FactStreamError } from "../facts/fact-reader.ts";
import { CaptureError } from "../model/errors.ts";
import type { SensorChildOptions } from "./sensor-child.ts";
import { STOP_DESCRIPTOR } from "./stop-request.ts";

export interface SensorProcessOptions extends SensorChildOptions {
  /** A sensor that sends nothing for so long is killed and started again; 5 s. */
  readonly heartbeatMillis?: number;
}

export type SensorEvent =
  | { readonly type: "started"; readonly pid: number }
  | { readonly type: "lost"; readonly reason: string; readonly restartMillis: number };

export interface SensorProcessHandlers {
  /** Called in the order of the stream; after a restart the new sensor's facts follow. */
  readonly facts: FactHandlers;
  event(event: SensorEvent): void;
}

export interface SensorProcessCounters {
  readonly starts: number;
  readonly factBytes: number;
  /** Times that a sensor was lost, by what ended it. */
  readonly lost: Readonly<Record<"exited" | "killed" | "silent" | "garbled", number>>;
  readonly lastReason: string | null;
  /** How it ended, where it did not end by itself when it was to stop: what it had not told by then is missing. */
  readonly cutShort: string | null;
}

export interface SensorProcess {
  /** Resolves when it was stopped, or when its file was read; rejects with `CaptureError` when that file cannot be. */
  readonly ended: Promise<void>;
  counters(): SensorProcessCounters;
  /**
   * Lets the sensor read what was received by now, ends it within about a second, and resolves when all that it sent was
   * read. Idempotent.
   */
  stop(): Promise<void>;
}

const HEARTBEAT_MILLIS = 5_000;
const HEARTBEAT_CHECKS = 5;
const MIN_RESTART_MILLIS = 200;
const MAX_RESTART_MILLIS = 5_000;
/** A sensor that lived so long was well: the next restart is quick again. */
const HEALTHY_MILLIS = 10_000;
const KILL_MILLIS = 1_000;

const FACTS_DESCRIPTOR = 3;
const MAX_ERROR_CHARACTERS = 8_192;

const CHILD = fileURLToPath(new URL("./sensor-child.js", import.meta.url));
/** V8's limits for a small heap, as in wirespan.sh. */
const HEAP_OPTIONS = ["--max-semi-space-size=4", "--heap-growing-percent=50"];
/** The environment variables of the sensor: what Node needs to start, and no credentials. */
const PASSED_ENV = ["PATH", "LD_LIBRARY_PATH", "LANG", "NODE_OPTIONS", "NODE_V8_COVERAGE", "WIRESPAN_NATIVE_BINDING"];

/**
 * Starts the sensor and resolves when it captures. Throws `CaptureError` where the first start is refused (no such
 * device, no permission); later refusals are retried, since the device may come back.
 */
export async function startSensorProcess(
  options: SensorProcessOptions,
  handlers: SensorProcessHandlers,
): Promise<SensorProcess> {
  const supervisor = new Supervisor(options, handlers);
  await supervisor.firstStart;
  return supervisor;
}

type Loss = keyof SensorProcessCounters["lost"];

class Supervisor implements SensorProcess {
  readonly ended: Promise<void>;
  /** Resolves when the first sensor has sent something or was lost; rejects when it was refused. */
  readonly firstStart: Promise<void>;
  readonly #options: SensorProcessOptions;
  readonly #handlers: SensorProcessHandlers;
  readonly #lost: Record<Loss, number> = { exited: 0, killed: 0, silent: 0, garbled: 0 };
  #starts = 0;
  #factBytes = 0;
  #lastReason: string | null = null;
  #cutShort: string | null = null;
  #isStopping = false;
  #run: Run | null = null;
  #endPause: () => void = () => {};

  constructor(options: SensorProcessOptions, handlers: SensorProcessHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    let decide = (): void => {};
    const decided = new Promise<void>((resolve) => {
      decide = resolve;
    });
    this.ended = this.#supervise(() => decide());
    this.firstStart = Promise.race([decided, this.ended]);
    // Who waits for neither must not be ended by it.
    this.ended.catch(() => {});
  }

  counters(): SensorProcessCounters {
    const [starts, factBytes, lastReason, cutShort] = [this.#starts, this.#factBytes, this.#lastReason, this.#cutShort];
    return { starts, factBytes, lost: { ...this.#lost }, lastReason, cutShort };
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    this.#endPause();
    this.#run?.stop();
    return this.ended.catch(() => {});
  }

  async #supervise(onDecided: () => void): Promise<void> {
    let restartMillis = MIN_RESTART_MILLIS;
    while (!this.#isStopping) {
      const startedAt = performance.now();
      this.#starts++;
      this.#run = startRun(this.#options, this.#handlers, (bytes) => {
        this.#factBytes += bytes;
        onDecided();
      });
      const { loss, reason, refusal, wasAlive } = await this.#run.ended;
      if (this.#isStopping) {
        if (reason !== DONE) this.#cutShort = reason;
        return;
      }
      if (this.#options.source.type === "file") {
        if (reason === DONE) return;
        throw new CaptureError(refusal ?? `the sensor was lost (${reason}); run it again`);
      }
      if (refusal !== null && this.#starts === 1 && !wasAlive) throw new CaptureError(refusal);
      this.#lost[loss]++;
      this.#lastReason = reason;
      if (performance.now() - startedAt > HEALTHY_MILLIS) restartMillis = MIN_RESTART_MILLIS;
      this.#handlers.event({ type: "lost", reason, restartMillis });
      onDecided();
      await this.#pause(restartMillis);
      restartMillis = Math.min(2 * restartMillis, MAX_RESTART_MILLIS);
    }
  }

  #pause(millis: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, millis);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Reason of a sensor that ended by itself and had nothing more to say: its file is read, or somebody asked it to. */
const DONE = "exit code 0";

interface Ending {
  readonly loss: Loss;
  readonly reason: string;
  /** The sensor's `CaptureError`, where that ended it. */
  readonly refusal: string | null;
  readonly wasAlive: boolean;
}

/** One life of a sensor. */
interface Run {
  readonly ended: Promise<Ending>;
  stop(): void;
}

function startRun(
  options: SensorProcessOptions,
  { facts, event }: SensorProcessHandlers,
  onFacts: (bytes: number) => void,
): Run {
  const { source, dnsPorts, heartbeatMillis = HEARTBEAT_MILLIS } = options;
  const child = spawn(process.execPath, [...HEAP_OPTIONS, CHILD, JSON.stringify({ source, dnsPorts })], {
    env: Object.fromEntries(PASSED_ENV.map((name) => [name, process.env[name]])),
    stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
  });
  // A reader of its own: a new sensor numbers its texts anew.
  const reader = new FactReader(facts);
  let killed: { readonly loss: Loss; readonly reason: string } | null = null;
  let wasAlive = false;
  let silentChecks = 0;
  let errors = "";

  const kill = (loss: Loss, reason: string): void => {
    killed ??= { loss, reason };
    child.kill("SIGKILL");
  };
  // Counted in checks and not by the clock: a parent that was held up itself has not waited for the sensor.
  const heartbeat = setInterval(() => {
    if (++silentChecks > HEARTBEAT_CHECKS) kill("silent", `no heartbeat for ${heartbeatMillis / 1000} s`);
  }, heartbeatMillis / HEARTBEAT_CHECKS);

  (child.stdio[FACTS_DESCRIPTOR] as Readable).on("data", (chunk: Buffer) => {
    if (killed !== null) return;
    silentChecks = 0;
    if (!wasAlive) event({ type: "started", pid: child.pid ?? 0 });
    wasAlive = true;
    onFacts(chunk.length);
    try {
      reader.read(chunk);
    } catch (error) {
      if (!(error instanceof FactStreamError)) throw error;
      kill("garbled", error.message);
    }
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-MAX_ERROR_CHARACTERS);
  });

  const ended = new Promise<Ending>((resolve) => {
    const finish = (loss: Loss, reason: string): void => {
      clearInterval(heartbeat);
      const refusal = /^CaptureError: (.*)$/m.exec(errors)?.[1] ?? null;
      resolve({ loss: killed?.loss ?? loss, reason: killed?.reason ?? reason, refusal, wasAlive });
    };
    child.once("error", (error) => finish("exited", error.message));
    // After "close" all that the sensor wrote was read.
    child.once("close", (code, signal) => {
      const lastLine = errors.trimEnd().split("\n").at(-1) ?? "";
      const how = signal === null ? `exit code ${code}` : `killed by ${signal}`;
      finish(signal === null ? "exited" : "killed", lastLine === "" ? how : `${how}: ${lastLine}`);
    });
  });
  const stop = (): void => {
    // The signal is for a sensor that reads a file; under load it would not be heard.
    (child.stdio[STOP_DESCRIPTOR] as Writable).destroy();
    if (source.type === "file") child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), KILL_MILLIS);
    void ended.then(() => clearTimeout(timer));
  };
  return { ended, stop };
}
