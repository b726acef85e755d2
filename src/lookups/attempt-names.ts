import type { Connection } from "../model/connection.ts";
import { DECIDED_MICROS, HANDSHAKE_MICROS } from "../model/waiting-times.ts";
import type { ResolvedName } from "./address-names.ts";

/** Attempts in a generation, and of these one client's: a scanner's go without before those of others do. */
const MAX_ATTEMPTS = 16_384;
const MAX_CLIENT_ATTEMPTS = 4_096;
/** From an attempt's first repeat to its verdict it takes no longer. */
const GENERATION_MICROS = DECIDED_MICROS + HANDSHAKE_MICROS;

interface NamedAttempt {
  readonly clientId: string;
  readonly resolved: ResolvedName;
}

/**
 * Names of attempts that repeat their SYN: their verdict may come two minutes later, when answers of that time are
 * forgotten, and newer ones have come. In two generations; an attempt for which there is no room has its name looked for
 * once more at its verdict.
 */
export class AttemptNames {
  readonly #maxAttempts: number;
  readonly #maxClientAttempts: number;
  #young = new Map<string, NamedAttempt>();
  #old = new Map<string, NamedAttempt>();
  #countByClient = new Map<string, number>();
  #turnedMicros = Number.NEGATIVE_INFINITY;
  /** Attempts for which there was no room. */
  evicted = 0;

  constructor(maxAttempts = MAX_ATTEMPTS, maxClientAttempts = MAX_CLIENT_ATTEMPTS) {
    this.#maxAttempts = maxAttempts;
    this.#maxClientAttempts = maxClientAttempts;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  keep(clientId: string, connection: Connection, resolved: ResolvedName): void {
    // Either way: the clock may be set back.
    if (Math.abs(connection.startMicros - this.#turnedMicros) > GENERATION_MICROS) this.#turn(connection.startMicros);
    const count = this.#countByClient.get(clientId) ?? 0;
    if (this.#young.size >= this.#maxAttempts || count >= this.#maxClientAttempts) {
      this.evicted++;
      return;
    }
    this.#countByClient.set(clientId, count + 1);
    this.#young.set(keyOf(connection), { clientId, resolved });
  }

  /** The name of the client's attempt, which is then forgotten; null where none is kept. */
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

/** What all facts of one attempt have in common, and no other attempt has. */
function keyOf({ startMicros, preNat: { source, destination } }: Connection): string {
  return `${startMicros} ${source.address} ${source.port} ${destination.address} ${destination.port}`;
}
