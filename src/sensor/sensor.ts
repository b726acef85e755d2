/**
 * Decodes packets, correlates them in batches, and writes the facts as one stream of records. Uses no cluster data, clock or
 * I/O; the caller passes each packet. A live capture runs it in a process of its own, forked by the agent (sensor-child.ts) or
 * serving one through a socket (sensor-server.ts); replay runs it in the same process.
 */
import { Correlator } from "../correlate/correlator.ts";
import { Decoder } from "../decode/decoder.ts";
import { type BatchHandler, FactWriter } from "../facts/fact-writer.ts";
import type { Packet } from "../model/packet.ts";
import { CLOCK_STEP_MICROS, LIVE_GAP_MICROS } from "../model/waiting-times.ts";
import { SensorFacts } from "./sensor-facts.ts";

/** Interval of time records, in packet time. What has waited long enough is decided before each. */
const TIME_MICROS = 20_000;

interface SensorOptions {
  /** UDP and TCP ports that carry DNS: 53 and, on OpenShift, 5353. */
  readonly dnsPorts: readonly number[];
  /** Bytes of a full batch; see `FactWriter`. */
  readonly batchBytes?: number;
  /** Packets come from a device, and `tick` reports the time without them: see `LIVE_GAP_MICROS`. */
  readonly isLive?: boolean;
}

export class Sensor {
  readonly #writer: FactWriter;
  readonly #correlator: Correlator;
  readonly #decoder: Decoder;
  readonly #gapMicros: number;
  #nextTimeMicros = 0;
  /** Latest packet time. */
  #latestMicros = 0;
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
    this.#gapMicros = options.isLive === true ? LIVE_GAP_MICROS : Number.POSITIVE_INFINITY;
  }

  packet(packet: Packet): void {
    this.#packets++;
    const { timeMicros } = packet;
    if (this.#packets === 1) this.startMicros = timeMicros;
    if (timeMicros >= this.#nextTimeMicros || this.#isSetBack(timeMicros)) this.#advance(timeMicros);
    else if (timeMicros > this.#latestMicros) this.#latestMicros = timeMicros;
    this.#decoder.decode(packet);
  }

  /** Advances time without a packet, and emits the facts that are ready. */
  tick(nowMicros: number): void {
    this.#advance(nowMicros);
    this.#writer.flush();
  }

  /** Correlates the packets that wait, and emits the unfinished batch of facts. */
  flush(): void {
    this.#decoder.deliver();
    this.#writer.flush();
  }

  /** End of a file: decides all open attempts that can be decided. */
  finish(): void {
    this.#deliverAll();
    this.#correlator.finish();
    this.#writer.time(this.#correlator.nowMicros);
    this.#writer.flush();
  }

  /** End of a live capture: connections go on, and what is open stays undecided. */
  stop(): void {
    this.interrupt();
    this.#writer.time(this.#correlator.nowMicros);
    this.#writer.flush();
  }

  /** Packets are missing from here on: what is open stays undecided. */
  interrupt(): void {
    this.#deliverAll();
    this.#correlator.interrupt();
  }

  /** Starts a stream for a new reader; `hello` is its first record. */
  beginStream(hello: object): void {
    this.#decoder.deliver();
    this.#writer.begin(hello);
  }

  /** Writes the counters, including those of the source. */
  reportCounters(source: object): void {
    this.#writer.counters({ ...this.counters(), source });
  }

  /** Of all packets so far: those that wait are correlated first. */
  counters() {
    this.#decoder.deliver();
    return {
      packets: this.#packets,
      facts: this.#writer.facts,
      decode: this.#decoder.counters,
      ...this.#correlator.counters,
    };
  }

  #isSetBack(micros: number): boolean {
    return micros <= this.#latestMicros - CLOCK_STEP_MICROS;
  }

  /** Correlates the packets that wait, up to the latest one. */
  #deliverAll(): void {
    this.#decoder.deliver();
    this.#correlator.advance(this.#latestMicros);
  }

  #advance(micros: number): void {
    if (this.#isSetBack(micros)) {
      // What is open ends at the time of the last packet before.
      this.#deliverAll();
      this.#latestMicros = micros;
    } else if (micros - this.#latestMicros > this.#gapMicros) {
      this.interrupt();
    } else {
      this.#decoder.deliver();
    }
    this.#correlator.advance(micros);
    const { nowMicros } = this.#correlator;
    this.#latestMicros = Math.max(this.#latestMicros, nowMicros);
    this.#nextTimeMicros = nowMicros + TIME_MICROS;
    this.#writer.time(nowMicros);
  }
}
