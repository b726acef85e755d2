import type { Interaction } from "../../model/interaction.ts";
import { createSpanIds } from "../spans/span-ids.ts";
import { toSpanPair } from "../spans/span-pair.ts";
import {
  type DrainResult,
  type ExportCounters,
  type ExportDropReason,
  type Exporter,
  newExportCounters,
  type SpanPairSink,
} from "./exporter.ts";
import { PairQueue, type PairQueueLimits } from "./pair-queue.ts";
import { type BatchSender, type RetryClock, type RetryReport, sendWithRetry } from "./retry.ts";
import { ServerState, type ServerStateListener } from "./server-state.ts";
import { TraceWindows } from "./trace-windows.ts";

/** At most two requests in flight per agent: all agents share the span store of the Collector's connector. */
const MAX_IN_FLIGHT = 2;
/** Flushes are 50 % to 100 % of the delay apart, so that the agents of a cluster do not send at the same time. */
const MIN_DELAY_SHARE = 0.5;
const SHUTDOWN_GRACE_MILLIS = 1_500;
const RETRY_DROPS = ["rejected", "unreachable", "too_old", "shutdown"] as const;

export interface ExporterClock extends RetryClock {
  /** Runs `work` after the current call. */
  soon(work: () => void): void;
}

export interface PairExporterOptions {
  readonly keepNodes: boolean;
  readonly queue: PairQueueLimits;
  readonly scheduleDelayMillis: number;
  /** From the first failure of a request. */
  readonly maxRetryMillis: number;
  /** For a replay: the first request that runs out of retries ends the export. */
  readonly stopWhenUnreachable: boolean;
  readonly destination: string;
  readonly onChange: ServerStateListener;
}

/** Queues pairs and sends them in batches through a sink, with retries. Every pair is counted in exactly one fate. */
export class PairExporter implements Exporter {
  readonly isSending = true;
  readonly destination: string;
  readonly counters: ExportCounters = newExportCounters();
  readonly #sink: SpanPairSink;
  readonly #clock: ExporterClock;
  readonly #options: PairExporterOptions;
  readonly #queue: PairQueue;
  readonly #sender: BatchSender;
  readonly #server: ServerState;
  readonly #ids = createSpanIds();
  readonly #traces = new TraceWindows(this.#ids);
  readonly #ending = new AbortController();
  readonly #waiters = new Set<() => boolean>();
  #state: "idle" | "running" | "unreachable" | "shutdown" = "idle";
  #inFlight = 0;
  #inFlightPairs = 0;
  /** Number of queued pairs to send now rather than at the next flush. */
  #due = 0;
  #pumpIsPlanned = false;
  #isHeld = false;
  #shutdown: Promise<void> | null = null;

  constructor(sink: SpanPairSink, clock: ExporterClock, options: PairExporterOptions) {
    this.#sink = sink;
    this.#clock = clock;
    this.#options = options;
    this.destination = options.destination;
    this.#server = new ServerState(options.onChange);
    this.#queue = new PairQueue(options.queue, (reason, pairs) => this.#drop(reason, pairs));
    this.#sender = {
      sink,
      clock,
      limits: {
        maxRetryMicros: options.maxRetryMillis * 1000,
        isTooOld: (pair, nowMicros) => this.#queue.isTooOld(pair, nowMicros),
      },
      signal: this.#ending.signal,
      onFailure: (failure) => this.#server.noteFailure(failure, clock.nowMicros()),
      heldMillis: () => this.#server.heldMillis(clock.nowMicros()),
    };
  }

  add(interaction: Interaction, count = 1): void {
    this.counters.queued++;
    if (this.#state === "unreachable" || this.#state === "shutdown") {
      this.#drop(this.#state, 1);
      return;
    }
    const nowMicros = this.#clock.nowMicros();
    this.#queue.add(
      toSpanPair(interaction, {
        keepNodes: this.#options.keepNodes,
        traceIdFor: (clientKey) => this.#traces.traceIdFor(clientKey, nowMicros),
        spanId: this.#ids.spanId,
        count,
      }),
    );
    if (this.#queue.size >= this.#options.queue.maxBatchPairs) this.#planPump(this.#queue.size);
  }

  waitForRoom(pairs: number): Promise<void> {
    return this.#until(() => this.#queue.room >= Math.min(pairs, this.#options.queue.maxPairs));
  }

  start(): void {
    if (this.#state !== "idle") return;
    this.#state = "running";
    void this.#flushRegularly();
  }

  async forceFlush(): Promise<void> {
    await this.drain();
  }

  async drain(onProgress?: (done: number, queued: number) => void): Promise<DrainResult> {
    await this.#until(() => {
      onProgress?.(this.#done(), this.counters.queued);
      return this.#queue.size === 0 && this.#inFlight === 0;
    });
    const { counters } = this;
    return { complete: counters.sent === counters.queued, counters, problem: this.#server.lastFailure };
  }

  shutdown(graceMillis = SHUTDOWN_GRACE_MILLIS): Promise<void> {
    this.#shutdown ??= this.#end(graceMillis);
    return this.#shutdown;
  }

  async #end(graceMillis: number): Promise<void> {
    const grace = new AbortController();
    await Promise.race([this.forceFlush(), this.#clock.wait(graceMillis, grace.signal)]);
    grace.abort();
    this.#state = "shutdown";
    this.#drop("shutdown", this.#queue.clear());
    this.#due = 0;
    this.#ending.abort("shutdown");
    // Batches that wait for a retry are dropped now; requests still in flight after that are of unknown fate.
    await new Promise<void>((resolve) => this.#clock.soon(resolve));
    this.counters.unknown += this.#inFlightPairs;
    this.#inFlightPairs = 0;
    this.#wake();
    const closing = this.#sink.shutdown().catch(() => {});
    if (this.#inFlight === 0) await closing;
  }

  async #flushRegularly(): Promise<void> {
    while (this.#state === "running") {
      const share = MIN_DELAY_SHARE + (1 - MIN_DELAY_SHARE) * this.#clock.random();
      await this.#clock.wait(this.#options.scheduleDelayMillis * share, this.#ending.signal);
      this.#planPump(this.#queue.size);
    }
  }

  #planPump(due: number): void {
    this.#due = Math.max(this.#due, due);
    // With both requests in flight, the end of one of them sends the due pairs.
    if (this.#pumpIsPlanned || this.#due === 0 || this.#inFlight === MAX_IN_FLIGHT || this.#isHeld) return;
    this.#pumpIsPlanned = true;
    this.#clock.soon(() => {
      this.#pumpIsPlanned = false;
      this.#pump();
    });
  }

  #pump(): void {
    this.#checkHold();
    while (!this.#isHeld && this.#inFlight < MAX_IN_FLIGHT && this.#due > 0 && this.#queue.size > 0) {
      const before = this.#queue.size;
      const batch = this.#queue.takeBatch(this.#clock.nowMicros());
      this.#due -= before - this.#queue.size;
      if (batch.length === 0) break;
      this.#inFlight++;
      this.#inFlightPairs += batch.length;
      void sendWithRetry(batch, this.#sender).then((report) => this.#finish(batch.length, report));
    }
    this.#due = Math.min(Math.max(this.#due, 0), this.#queue.size);
    this.#wake();
  }

  /** While the server wants no request, due pairs stay in the queue. */
  #checkHold(): void {
    const millis = this.#sender.heldMillis();
    if (this.#isHeld || millis <= 0) return;
    this.#isHeld = true;
    void this.#clock.wait(millis, this.#ending.signal).then(() => {
      this.#isHeld = false;
      this.#planPump(this.#due);
      this.#wake();
    });
  }

  #finish(pairs: number, report: RetryReport): void {
    this.#inFlight--;
    // After the shutdown these pairs are already counted as unknown.
    if (this.#inFlightPairs >= pairs) {
      this.#inFlightPairs -= pairs;
      this.#account(report);
    }
    if (this.#options.stopWhenUnreachable && report.unreachable > 0 && this.#state !== "shutdown") this.#giveUp();
    this.#pump();
  }

  #account(report: RetryReport): void {
    this.counters.sent += report.sent;
    this.counters.unknown += report.unknown;
    this.counters.retried += report.retried;
    for (const reason of RETRY_DROPS) this.#drop(reason, report[reason]);
    if (report.sent > 0 && report.problem === null) this.#server.noteSuccess();
  }

  #giveUp(): void {
    if (this.#state === "unreachable") return;
    this.#state = "unreachable";
    this.#ending.abort("unreachable");
    this.#drop("unreachable", this.#queue.clear());
    this.#due = 0;
  }

  #drop(reason: ExportDropReason, pairs: number): void {
    this.counters.dropped[reason] += pairs;
  }

  #done(): number {
    let done = this.counters.sent + this.counters.unknown;
    for (const pairs of Object.values(this.counters.dropped)) done += pairs;
    return done;
  }

  /** Sends queued pairs until `isReached`, checked after every batch. */
  #until(isReached: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      if (isReached()) return resolve();
      this.#waiters.add(() => {
        if (!isReached()) return false;
        resolve();
        return true;
      });
      this.#planPump(this.#queue.size);
    });
  }

  #wake(): void {
    for (const waiter of this.#waiters) if (waiter()) this.#waiters.delete(waiter);
    // A caller waits for room or for the end, so pairs added meanwhile are due too.
    if (this.#waiters.size > 0) this.#planPump(this.#queue.size);
  }
}
