import type { Connection } from "../model/connection.ts";
import { DECIDED_MICROS, HANDSHAKE_MICROS } from "../model/waiting-times.ts";
import type { ResolvedName } from "./address-names.ts";

/** Attempts in a generation, over all clients and of one client: a scanner must not evict the names of others. */
const MAX_ATTEMPTS = 16_384;
const MAX_CLIENT_ATTEMPTS = 4_096;
/** Maximum from the first retransmission of an attempt to its verdict. */
const GENERATION_MICROS = DECIDED_MICROS + HANDSHAKE_MICROS;

interface NamedAttempt {
  readonly clientId: string;
  readonly resolved: ResolvedName;
}

/**
 * Names of attempts that retransmit their SYN. Their verdict may come two minutes later, when the answers of that time
 * are forgotten and newer ones have come. Two generations; the name of an attempt that is not stored is searched again
 * at its verdict.
 */
export class AttemptNames {
  readonly #maxAttempts: number;
  readonly #maxClientAttempts: number;
  #young = new Map<string, NamedAttempt>();
  #old = new Map<string, NamedAttempt>();
  #countByClient = new Map<string, number>();
  #turnedMicros = Number.NEGATIVE_INFINITY;
  /** Attempts not stored because the table was full. */
  evicted = 0;

  constructor(maxAttempts = MAX_ATTEMPTS, maxClientAttempts = MAX_CLIENT_ATTEMPTS) {
    this.#maxAttempts = maxAttempts;
    this.#maxClientAttempts = maxClientAttempts;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  keep(clientId: string, connection: Connection, resolved: ResolvedName): void {
    // The clock may be set back.
    if (Math.abs(connection.startMicros - this.#turnedMicros) > GENERATION_MICROS) this.#turn(connection.startMicros);
    const count = this.#countByClient.get(clientId) ?? 0;
    if (this.#young.size >= this.#maxAttempts || count >= this.#maxClientAttempts) {
      this.evicted++;
      return;
    }
    this.#countByClient.set(clientId, count + 1);
    this.#young.set(keyOf(connection), { clientId, resolved });
  }

  /** Removes and returns the name of the client's attempt; null: none is stored. */
  take(clientId: string, connection: Connection): ResolvedName | null {
    if (this.#young.size + this.#old.size === 0) return null;
    const key = keyOf(connection);
    const kept = this.#young.get(key) ?? this.#old.get(key);
    if (kept === undefined || kept.clientId !== clientId) return null;
    if (!this.#young.delete(key)) this.#old.delete(key);
    else this.#countByClient.set(clientId, (this.#countByClient.get(clientId) ?? 1) - 1);
    return kept.resolved;
  }

  #turn(nowMicros: number): void {
    this.#turnedMicros = nowMicros;
    this.#old = this.#young;
    this.#young = new Map();
    this.#countByClient = new Map();
  }
}

/** Identifies an attempt in all its facts. */
function keyOf({ startMicros, preNat: { source, destination } }: Connection): string {
  return `${startMicros} ${source.address} ${source.port} ${destination.address} ${destination.port}`;
}
