/**
 * The sensor: capture → decode → correlate joined, and its facts written as one stream of records.
 * Needs no knowledge of the cluster, no clock and no I/O: whoever owns the packets calls it, packet by packet.
 * Live it runs in a process of its own (sensor-process.ts); replay runs it in process.
 */
import { Correlator } from "../correlate/correlator.ts";
import { Decoder } from "../decode/decoder.ts";
import { type BatchHandler, FactWriter } from "../facts/fact-writer.ts";
import type { Packet } from "../model/packet.ts";
import { CLOCK_STEP_MICROS } from "../model/waiting-times.ts";
import { SensorFacts } from "./sensor-facts.ts";

/** How far time has come is said this often in packet time. */
const TIME_MICROS = 20_000;

/** What waits is looked at this often in packet time: finer than any waiting time, coarser than any packet gap. */
const ADVANCE_MICROS = 1_000;

export interface SensorOptions {
  /** UDP and TCP ports that carry DNS: 53 and, on OpenShift, 5353. */
  readonly dnsPorts: readonly number[];
  /**
   * `soon`: facts are passed on every 20 ms of packet time, so that nobody waits long for them.
   * `full`: when a batch is full. Fewer changes between the two halves of the work keep each in the processor's caches.
   */
  readonly passOn?: "soon" | "full";
}

export class Sensor {
  readonly #writer: FactWriter;
  readonly #correlator: Correlator;
  readonly #decoder: Decoder;
  readonly #passesOnSoon: boolean;
  #nextAdvanceMicros = 0;
  #nextTimeMicros = 0;
  #packets = 0;
  /** Time of the first packet; NaN before it. */
  startMicros = Number.NaN;

  /** `emit` gets whole records, from inside `packet`, `tick` or `finish`. */
  constructor(options: SensorOptions, emit: BatchHandler) {
    this.#writer = new FactWriter(emit);
    this.#passesOnSoon = options.passOn !== "full";
    this.#correlator = new Correlator(new SensorFacts(this.#writer));
    this.#decoder = new Decoder({ dnsPorts: options.dnsPorts }, this.#correlator);
  }

  packet(packet: Packet): void {
    this.#packets++;
    const { timeMicros } = packet;
    if (this.#packets === 1) this.startMicros = timeMicros;
    if (timeMicros >= this.#nextAdvanceMicros || timeMicros < this.#nextAdvanceMicros - CLOCK_STEP_MICROS) {
      this.#advance(timeMicros);
    }
    this.#decoder.decode(packet);
  }

  /** Says how late it is where no packet does, and passes on what is ready. */
  tick(nowMicros: number): void {
    this.#nextTimeMicros = 0;
    this.#advance(nowMicros);
  }

  /** Passes on what waits for a full batch. */
  flush(): void {
    this.#writer.flush();
  }

  /** End of a capture: gives every verdict that can be given. */
  finish(): void {
    this.#correlator.finish();
    this.#writer.time(this.#correlator.nowMicros);
    this.#writer.flush();
  }

  /** The facts go to a new reader from now on; `hello` is the first record that it gets. */
  beginStream(hello: object): void {
    this.#writer.begin(hello);
  }

  /** Sends the counters down the stream, with what the source has counted. */
  reportCounters(source: object): void {
    this.#writer.counters({ ...this.counters(), source });
  }

  counters() {
    return {
      packets: this.#packets,
      facts: this.#writer.facts,
      decode: this.#decoder.counters,
      ...this.#correlator.counters,
    };
  }

  #advance(nowMicros: number): void {
    this.#correlator.advance(nowMicros);
    this.#nextAdvanceMicros = this.#correlator.nowMicros + ADVANCE_MICROS;
    if (nowMicros < this.#nextTimeMicros && nowMicros > this.#nextTimeMicros - CLOCK_STEP_MICROS) return;
    this.#nextTimeMicros = nowMicros + TIME_MICROS;
    this.#writer.time(this.#correlator.nowMicros);
    if (this.#passesOnSoon) this.#writer.flush();
  }
}
