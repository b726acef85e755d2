import type { FactHandlers } from "../facts/fact-reader.ts";
import { CaptureError } from "../model/errors.ts";

/** `hasSameCounters`: the counters that follow continue those of the sensor that was lost. */
export type SensorEvent =
  | { readonly type: "started"; readonly pid: number | null; readonly hasSameCounters: boolean }
  | { readonly type: "lost"; readonly reason: string; readonly restartMillis: number };

export interface SensorHandlers {
  /** Called in the order of the stream; after a restart the new sensor's facts follow. */
  readonly facts: FactHandlers;
  event(event: SensorEvent): void;
}

/** How a run of a sensor ends before it was asked to. */
const SENSOR_LOSSES = ["exited", "killed", "silent", "garbled", "refused"] as const;
export type SensorLoss = (typeof SENSOR_LOSSES)[number];

export interface SensorRunCounters {
  readonly starts: number;
  readonly factBytes: number;
  /** Times that a sensor was lost, by what ended it. */
  readonly lost: Readonly<Record<SensorLoss, number>>;
  readonly lastReason: string | null;
  /** How it ended, if it did not end by itself at the stop request: facts that it had not sent are missing. */
  readonly cutShort: string | null;
}

export interface RunningSensor {
  /** Resolves when it was stopped, or when its file was read; rejects with `CaptureError` when that file cannot be read. */
  readonly ended: Promise<void>;
  counters(): SensorRunCounters;
  /**
   * Lets the sensor read the packets received so far, ends it within about a second, and resolves when all its facts are
   * read. Idempotent.
   */
  stop(): Promise<void>;
}

/** Reason of a run that ended by itself with nothing more to send: its file is read, or it was asked to stop. */
export const DONE = "exit code 0";

export interface Ending {
  readonly loss: SensorLoss;
  readonly reason: string;
  /** The sensor's `CaptureError`, if that ended it. */
  readonly refusal: string | null;
  readonly wasAlive: boolean;
}

/** One run of a sensor: the life of a process, or of a connection to one. */
export interface SensorRun {
  readonly ended: Promise<Ending>;
  stop(): void;
}

interface SupervisorOptions {
  /** Starts a run; `onFacts` is called with the length of each portion of its stream. */
  readonly startRun: (onFacts: (bytes: number) => void) => SensorRun;
  /**
   * `live`: restarted whenever it is lost, unless its first start is refused. `patient`: restarted whenever it is lost,
   * and started although the first attempt fails. `once`: ends with its file.
   */
  readonly mode: "live" | "patient" | "once";
}

/** A sensor that sends nothing for so long is lost. */
export const HEARTBEAT_MILLIS = 5_000;
/**
 * The silence is counted in so many checks, and not by the clock: a process that was held up itself has not waited for the
 * sensor.
 */
export const HEARTBEAT_CHECKS = 5;

const MIN_RESTART_MILLIS = 200;
const MAX_RESTART_MILLIS = 5_000;
/** A sensor that ran this long was healthy: the next restart is quick again. */
const HEALTHY_MILLIS = 10_000;

/** Starts runs of a sensor, one after the other, until it is stopped. */
export class SensorSupervisor implements RunningSensor {
  readonly ended: Promise<void>;
  /** Resolves when the first run has sent something or was lost; rejects when it was refused. */
  readonly firstStart: Promise<void>;
  readonly #options: SupervisorOptions;
  readonly #handlers: SensorHandlers;
  readonly #lost: Record<SensorLoss, number> = { exited: 0, killed: 0, silent: 0, garbled: 0, refused: 0 };
  #starts = 0;
  #factBytes = 0;
  #lastReason: string | null = null;
  #cutShort: string | null = null;
  #isStopping = false;
  #run: SensorRun | null = null;
  #endPause: () => void = () => {};

  constructor(options: SupervisorOptions, handlers: SensorHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    let decide = (): void => {};
    const decided = new Promise<void>((resolve) => {
      decide = resolve;
    });
    this.ended = this.#supervise(() => decide());
    this.firstStart = Promise.race([decided, this.ended]);
    // Avoid an unhandled rejection if this is never awaited.
    this.ended.catch(() => {});
  }

  counters(): SensorRunCounters {
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
    const { mode, startRun } = this.#options;
    let restartMillis = MIN_RESTART_MILLIS;
    while (!this.#isStopping) {
      const startedAt = performance.now();
      // An attempt to reach a sensor that is not there yet is no start, and no loss.
      let isCounted = mode !== "patient";
      if (isCounted) this.#starts++;
      this.#run = startRun((bytes) => {
        if (!isCounted) this.#starts++;
        isCounted = true;
        this.#factBytes += bytes;
        onDecided();
      });
      const { loss, reason, refusal, wasAlive } = await this.#run.ended;
      if (this.#isStopping) {
        if (reason !== DONE) this.#cutShort = reason;
        return;
      }
      if (mode === "once") {
        if (reason === DONE) return;
        throw new CaptureError(refusal ?? `sensor exited (${reason}); run it again`);
      }
      if (mode === "live" && refusal !== null && this.#starts === 1 && !wasAlive) throw new CaptureError(refusal);
      if (isCounted || loss !== "exited") {
        this.#lost[loss]++;
        this.#lastReason = reason;
      }
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
