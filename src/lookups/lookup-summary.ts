import type { Lookup } from "../model/lookup.ts";

const NONE: readonly string[] = [];

/** The fields of a lookup that its report needs. Objects are reused: a copy for each lookup would cost more. */
export class LookupSummary {
  queryMicros = Number.NEGATIVE_INFINITY;
  /** Time of the answer, or of the query without an answer. */
  decidedMicros = Number.NEGATIVE_INFINITY;
  clientAddress = "";
  clientPort = 0;
  /** The server that answered, else the one that was queried. */
  serverAddress: string | null = null;
  chain = NONE;
  /** The first address of the answer. */
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

/** Time of the answer, or of the query without an answer. */
export function decidedMicros(lookup: Lookup): number {
  return lookup.answerMicros ?? lookup.queryMicros;
}

/** One call of `getaddrinfo` queries A and AAAA together. */
export const SAME_CALL_MICROS = 2_000_000;

/** Whether the lookup is part of a call that began before the capture. */
export function isBegunBefore(
  query: { readonly begunBeforeMicros: number },
  { decidedMicros }: LookupSummary,
): boolean {
  return Math.abs(query.begunBeforeMicros - decidedMicros) <= SAME_CALL_MICROS;
}

/** A set of question types, one bit each; only A (1) and AAAA (28) occur. */
export type TypeSet = number;

export function typeSet(type: number): TypeSet {
  return 1 << type;
}
