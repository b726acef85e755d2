/**
 * Decodes packets, correlates them, and writes the facts as one stream of records. Uses no cluster data, clock or I/O;
 * the caller passes each packet. A live capture runs it in a process of its own, forked by the agent (sensor-child.ts) or
 * serving one through a socket (sensor-server.ts); replay runs it in the same process.
 */
import { Correlator } from "../correlate/correlator.ts";
import { Decoder } from "../decode/decoder.ts";
import { type BatchHandler, FactWriter } from "../facts/fact-writer.ts";
import type { Packet } from "../model/packet.ts";
import { CLOCK_STEP_MICROS } from "../model/waiting-times.ts";
import { SensorFacts } from "./sensor-facts.ts";

/** Interval of time records, in packet time. */
const TIME_MICROS = 20_000;

/** Interval of checks for expired waits, in packet time: shorter than any waiting time, longer than packet gaps. */
const ADVANCE_MICROS = 1_000;

interface SensorOptions {
  /** UDP and TCP ports that carry DNS: 53 and, on OpenShift, 5353. */
  readonly dnsPorts: readonly number[];
  /** Bytes of a full batch; see `FactWriter`. */
  readonly batchBytes?: number;
}

export class Sensor {
  readonly #writer: FactWriter;
  readonly #correlator: Correlator;
  readonly #decoder: Decoder;
  #nextAdvanceMicros = 0;
  #nextTimeMicros = 0;
  #packets = 0;
  /** Time of the first packet; NaN before it. */
  startMicros = Number.NaN;

  /**
   * `emit` gets whole records: from inside `packet` when a batch is full, and from `flush`, `tick` and `finish`. Each batch
   * wakes its reader, so a live source flushes what one look at its packets gave, and a file only full batches.
   */
  constructor(options: SensorOptions, emit: BatchHandler) {
    this.#writer = new FactWriter(emit, options.batchBytes);
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

  /** Advances time without a packet, and emits the facts that are ready. */
  tick(nowMicros: number): void {
    this.#nextTimeMicros = 0;
    this.#advance(nowMicros);
    this.#writer.flush();
  }

  /** Emits the unfinished batch. */
  flush(): void {
    this.#writer.flush();
  }

  /** End of a capture: decides all open attempts that can be decided. */
  finish(): void {
    this.#correlator.finish();
    this.#writer.time(this.#correlator.nowMicros);
    this.#writer.flush();
  }

  /** Starts a stream for a new reader; `hello` is its first record. */
  beginStream(hello: object): void {
    this.#writer.begin(hello);
  }

  /** Writes the counters, including those of the source. */
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
  }
}
