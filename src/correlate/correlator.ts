/**
 * correlate: third stage of the sensor, after decode. Joins all packets of one connection attempt, and of one DNS
 * exchange, on all interfaces, to one fact each. Uses packets alone, and no knowledge of the cluster.
 *
 * Connections and lookups have nothing in common here: DNS messages may come before segments that were captured earlier.
 */
import type { DnsMessage } from "../model/dns-message.ts";
import type { TcpSegment, UnreachableQuote } from "../model/tcp-segment.ts";
import { CLOCK_STEP_MICROS } from "../model/waiting-times.ts";
import { DnsExchanges, type ExchangeSink } from "./dns/dns-exchanges.ts";
import { type HandshakeSink, Handshakes } from "./handshakes/handshakes.ts";

/** Receives the facts. A record is valid during the call only. */
export type FactSink = HandshakeSink & ExchangeSink;

export class Correlator {
  readonly #handshakes: Handshakes;
  readonly #exchanges: DnsExchanges;
  /** How far `advance` has come. Packets may be later, and some microseconds older. */
  #nowMicros = 0;

  constructor(sink: FactSink) {
    this.#handshakes = new Handshakes(sink);
    this.#exchanges = new DnsExchanges(sink);
  }

  get counters() {
    return { handshakes: this.#handshakes.counters, exchanges: this.#exchanges.counters };
  }

  get nowMicros(): number {
    return this.#nowMicros;
  }

  segment(segment: TcpSegment): void {
    this.#handshakes.segment(segment);
  }

  message(message: DnsMessage): void {
    this.#exchanges.message(message);
  }

  unreachable(quote: UnreachableQuote): void {
    this.#handshakes.unreachable(quote);
  }

  /**
   * Moves packet time to `micros`, and decides what has waited long enough. A packet finds nothing that has waited longer, so
   * the facts are the same whenever this is called.
   */
  advance(micros: number): void {
    if (micros <= this.#nowMicros) {
      if (this.#nowMicros - micros < CLOCK_STEP_MICROS) return;
      // The clock was set back. What is open would wait until packet time has caught up.
      this.interrupt();
    }
    this.#nowMicros = micros;
    this.#exchanges.advance(micros);
    this.#handshakes.advance(micros);
  }

  /** End of a file: decides what can be decided. */
  finish(): void {
    this.#exchanges.finish(this.#nowMicros);
    this.#handshakes.finish(this.#nowMicros);
  }

  /** Packets are missing from here on, or their times are not comparable: ends what is open, without a verdict that they may disprove. */
  interrupt(): void {
    this.#exchanges.finish(this.#nowMicros);
    this.#handshakes.interrupt(this.#nowMicros);
  }
}
