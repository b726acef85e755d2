/**
 * correlate: third stage of the sensor, after decode. Joins what was seen of one connection and of one DNS exchange,
 * on however many interfaces, to one fact each. Knows wire facts only: whose address it is, the main process knows.
 */
import type { DnsMessage } from "../model/dns-message.ts";
import type { TcpSegment, UnreachableQuote } from "../model/tcp-segment.ts";
import { CLOCK_STEP_MICROS } from "../model/waiting-times.ts";
import { DnsExchanges, type ExchangeSink } from "./dns/dns-exchanges.ts";
import { type HandshakeSink, Handshakes } from "./handshakes/handshakes.ts";

/** Where facts go: the writer of the fact stream. A table's record is read during the call only. */
export type FactSink = HandshakeSink & ExchangeSink;

export class Correlator {
  readonly #handshakes: Handshakes;
  readonly #exchanges: DnsExchanges;
  /** How far packet time has come; it never runs backwards, though single packets may by some microseconds. */
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

  /** Packet time has come to `micros`: what waited long enough is decided. */
  advance(micros: number): void {
    if (micros <= this.#nowMicros) {
      if (this.#nowMicros - micros < CLOCK_STEP_MICROS) return;
      // The clock was set back: what is open would wait until time comes round again.
      this.finish();
    }
    this.#nowMicros = micros;
    this.#exchanges.advance(micros);
    this.#handshakes.advance(micros);
  }

  /** The capture is over: decides what can be decided. */
  finish(): void {
    this.#exchanges.finish(this.#nowMicros);
    this.#handshakes.finish(this.#nowMicros);
  }
}
