// EDGE: pcap (through capture), the clock
/**
 * The sensor on a live device: captures packets, emits facts, time and counters. A capture lasts as long as one reader
 * of the facts; the tables of open attempts outlive it.
 */
import { captureFilter } from "../capture/live/capture-filter.ts";
import { type LiveCapture, startLiveCapture } from "../capture/live/live-source.ts";
import { BUFFER_TIMEOUT_MILLIS, type KernelCounters } from "../capture/live/pcap-session.ts";
import type { BatchHandler } from "../facts/fact-writer.ts";
import type { CaptureError } from "../model/errors.ts";
import type { Packet } from "../model/packet.ts";
import { Sensor } from "./sensor.ts";

/** A frame may wait this long in the ring, and time must not advance past it. Twice libpcap's timeout. */
const RING_LAG_MILLIS = 2 * BUFFER_TIMEOUT_MILLIS;

/** Interval of time records on an idle link; they are the heartbeat too. Sooner, they would say no more than the packets did. */
const TICK_MILLIS = RING_LAG_MILLIS;

const COUNTERS_MILLIS = 1_000;

/**
 * While the ring is never empty, facts are passed on and a stop request is looked for at this interval, between packets.
 * Otherwise the event loop sees the request, which costs less: to look for it throws an error where none has come.
 */
const CHECK_MILLIS = 100;
const CHECK_MASK = 15;
const LARGE_BYTES = 1_024;

/** Time to read packets that were received before a stop; the agent as a whole has 2 s. */
const DRAIN_MILLIS = 700;

export interface LiveSensorOptions {
  readonly device: string;
  readonly dnsPorts: readonly number[];
}

interface LiveSensorHandlers {
  /** Called from inside the packet callback. Blocks until the batch is written, or throws. */
  readonly write: BatchHandler;
  /** Whether the reader asked for a stop. Called from inside the packet callback: while the ring is never empty, no event arrives. */
  isStopRequested(): boolean;
  /** Everything received before the stop request is written, counters included. */
  stopped(): void;
  /** The device delivers no more packets. */
  failed(error: CaptureError): void;
}

export class LiveSensor {
  readonly #options: LiveSensorOptions;
  readonly #handlers: LiveSensorHandlers;
  readonly #filter: string;
  readonly #sensor: Sensor;
  #capture: LiveCapture;
  /** Counters of the captures before this one. */
  #earlier: KernelCounters = { received: 0, dropped: 0, left: 0, interfaceDropped: 0 };
  /** Packets skipped because they were older than the reader that got the capture. */
  #skipped = 0;
  #skipBeforeMicros = Number.NEGATIVE_INFINITY;
  #lastFlushMillis = 0;
  #nextCountersMillis = 0;
  #nextCheckMillis = 0;
  #packets = 0;
  #flushedPackets = 0;

  /** Opens the device; packets wait in the kernel's ring until `run`. Throws `CaptureError`. */
  constructor(options: LiveSensorOptions, handlers: LiveSensorHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#filter = captureFilter({ dnsPorts: options.dnsPorts });
    this.#sensor = new Sensor({ dnsPorts: options.dnsPorts, isLive: true }, handlers.write);
    this.#capture = this.#open();
  }

  /** Reads the ring from now on. Packets older than `maxAgeMicros` are skipped and counted as dropped. */
  run(maxAgeMicros = Number.POSITIVE_INFINITY): void {
    this.#skipBeforeMicros = Date.now() * 1_000 - maxAgeMicros;
    this.#capture.run();
  }

  /**
   * Before a new reader, whose capture skips packets older than `maxAgeMicros`: if none was read for so long, what is open is not
   * for this reader. Nothing may be written meanwhile.
   */
  forgetOpen(maxAgeMicros: number): void {
    if ((performance.now() - this.#lastFlushMillis) * 1_000 > maxAgeMicros) this.#sensor.interrupt();
  }

  /** For a new reader, which knows none of the texts sent before: `hello` is the first record of its stream. */
  begin(hello: object): void {
    this.#sensor.beginStream(hello);
    this.reportCounters();
  }

  /** Reads the packets received until now, then calls `stopped`. May be called from inside the packet callback. Idempotent. */
  stop(): void {
    this.#capture.drain(DRAIN_MILLIS, () => {
      this.reportCounters();
      this.#handlers.stopped();
    });
  }

  /** Writes the unfinished batch. */
  flush(): void {
    this.#sensor.flush();
  }

  /** At the end of the process. Connections go on: the next sensor of the node sees the answers, and counts what they decide. */
  finish(): void {
    this.#sensor.stop();
  }

  /**
   * Opens the next capture, where this one was closed: its packets stay in the ring until the next reader runs it. Throws
   * `CaptureError`.
   */
  reopen(): void {
    // What the former reader did not get is none of the next one's.
    this.#sensor.flush();
    if (!this.#capture.isClosed) return;
    this.#sensor.interrupt();
    this.#earlier = this.#kernelCounters();
    this.#capture = this.#open();
  }

  /** Stops reading. From inside the packet callback that closes the capture: see `reopen`. Idempotent. */
  close(): void {
    // Inside the packet callback, only a look at the counters updates them before the end.
    this.#capture.counters();
    this.#capture.pause();
  }

  reportCounters(): void {
    this.#nextCountersMillis = performance.now() + COUNTERS_MILLIS;
    this.#sensor.reportCounters({
      device: this.#options.device,
      linkType: this.#capture.linkType,
      kernel: this.#reportedCounters(),
      longestDispatchMillis: this.#capture.longestDispatchMillis(),
    });
  }

  #open(): LiveCapture {
    return startLiveCapture(
      { device: this.#options.device, filter: this.#filter, isHeld: true },
      {
        packet: (packet) => this.#packet(packet),
        drained: (lookMillis) => this.#drained(lookMillis),
        failed: this.#handlers.failed,
      },
    );
  }

  #packet(packet: Packet): void {
    if (packet.timeMicros < this.#skipBeforeMicros) {
      this.#skipped++;
      return;
    }
    this.#sensor.packet(packet);
    // Large packets may be expensive: a few of them take as long as thousands of others.
    if ((++this.#packets & CHECK_MASK) !== 0 && packet.captureLength < LARGE_BYTES) return;
    const millis = performance.now();
    if (millis >= this.#nextCheckMillis) this.#check(millis);
  }

  #check(millis: number): void {
    this.#nextCheckMillis = millis + CHECK_MILLIS;
    if (millis >= this.#nextCountersMillis) this.reportCounters();
    this.#passOn(millis);
    if (this.#handlers.isStopRequested()) this.stop();
  }

  /** The reader wakes up for each batch: one for all packets of this look at the ring, and few without any. */
  #drained(lookMillis: number): void {
    this.#skipBeforeMicros = Number.NEGATIVE_INFINITY;
    const millis = performance.now();
    this.#nextCheckMillis = millis + CHECK_MILLIS;
    if (millis >= this.#nextCountersMillis) this.reportCounters();
    const isIdle = this.#packets === this.#flushedPackets;
    if (isIdle && millis < this.#lastFlushMillis + TICK_MILLIS) return;
    if (isIdle) this.#sensor.tick((lookMillis - RING_LAG_MILLIS) * 1_000);
    this.#passOn(millis);
  }

  #passOn(millis: number): void {
    this.#lastFlushMillis = millis;
    this.#flushedPackets = this.#packets;
    this.#sensor.flush();
  }

  /** Of all captures; packets that an earlier one left in its ring are lost. */
  #kernelCounters(): KernelCounters {
    const { received, dropped, left, interfaceDropped } = this.#capture.counters();
    return {
      received: this.#earlier.received + received,
      dropped: this.#earlier.dropped + this.#earlier.left + dropped,
      left,
      interfaceDropped: this.#earlier.interfaceDropped + interfaceDropped,
    };
  }

  /** Skipped packets reach no stage: they are drops, so that received = packets + dropped + left. */
  #reportedCounters(): KernelCounters {
    const counters = this.#kernelCounters();
    return { ...counters, dropped: counters.dropped + this.#skipped };
  }
}
