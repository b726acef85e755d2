import { ADDRESS_WORDS, copyAddress } from "../../model/address.ts";
import type { TcpSegment } from "../../model/tcp-segment.ts";

/** An answer to the client of an attempt, from a server that no sighting of its SYN went to. */
interface OtherAnswer {
  /** Four words. */
  readonly address: Int32Array;
  readonly port: number;
  readonly micros: number;
  readonly isReset: boolean;
}

/**
 * Answers from other servers, one for each open attempt. eBPF can translate a SYN after the only interface that shows it, and
 * the answer after the only interface that shows that: the SYN goes to a Service, the answer comes from an endpoint. What
 * knows the cluster decides whether the server is one; here it proves nothing.
 */
export class OtherAnswers {
  /** Null: the client has not got such an answer. */
  readonly #byAttempt = new Map<number, OtherAnswer | null>();

  of(record: number): OtherAnswer | null {
    return this.#byAttempt.get(record) ?? null;
  }

  /** The first one counts. */
  add(record: number, { addresses, sourcePort, timeMicros }: TcpSegment, isReset: boolean): void {
    if (this.#byAttempt.has(record)) return;
    const address = new Int32Array(ADDRESS_WORDS);
    copyAddress(addresses, 0, address, 0);
    this.#byAttempt.set(record, { address, port: sourcePort, micros: timeMicros, isReset });
  }

  /** The client sends its SYN again. If there was an answer it did not get it, and so none that follows. */
  repeat(record: number): void {
    if (this.#byAttempt.size > 0 && this.#byAttempt.has(record)) this.#byAttempt.set(record, null);
  }

  /** The attempt ends. */
  forget(record: number): void {
    if (this.#byAttempt.size > 0) this.#byAttempt.delete(record);
  }
}
