import type { Lookup } from "../model/lookup.ts";

const NONE: readonly string[] = [];

/** What is kept of a lookup until it is told or forgotten. Used again for another one then, so that keeping costs nothing. */
export class RetainedLookup {
  queryMicros = Number.NEGATIVE_INFINITY;
  /** When it was over, as far as it is known. */
  decidedMicros = Number.NEGATIVE_INFINITY;
  clientAddress = "";
  clientPort = 0;
  /** Who answered, else who was asked. */
  serverAddress: string | null = null;
  chain = NONE;
  /** The first that the name resolved to. */
  address: string | null = null;

  set(lookup: Lookup): void {
    this.queryMicros = lookup.queryMicros;
    this.decidedMicros = decidedMicros(lookup);
    this.clientAddress = lookup.client.address;
    this.clientPort = lookup.client.port;
    this.serverAddress = (lookup.responder ?? lookup.resolver)?.address ?? null;
    this.chain = lookup.chain;
    this.address = lookup.addresses[0] ?? null;
  }
}

/** When a lookup was over, as far as it is known. */
export function decidedMicros(lookup: Lookup): number {
  return lookup.answerMicros ?? lookup.queryMicros;
}
