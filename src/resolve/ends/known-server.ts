import type { AddressOwner } from "../../inventory/addresses/address-owner.ts";
import type { ResolvedName } from "../../lookups/address-names.ts";
import { type Connection, type Endpoint, isSameEndpoint } from "../../model/connection.ts";
import type { FoundEnd } from "./found-end.ts";

/** What the server of a connection follows from, beside the connection itself and the cluster index. */
export interface ServerEvidence {
  /** Owner of the destination after NAT. */
  readonly destination: AddressOwner;
  /** Owner of the destination before NAT. */
  readonly dialled: AddressOwner;
  /** The name that the client had resolved; null: none. */
  readonly resolved: ResolvedName | null;
}

/** The server of a connection, which connections with the same evidence share until the index changes. */
export class KnownServer {
  readonly end: FoundEnd;
  /** The Service that was dialed, `namespace/name`; null: none. */
  readonly dialledService: string | null;
  readonly #dialled: Endpoint;
  readonly #served: Endpoint;
  readonly #isEstablished: boolean;
  readonly #destinationOwner: AddressOwner;
  readonly #dialledOwner: AddressOwner;
  readonly #name: string | null;
  readonly #chain: readonly string[] | null;
  /** The time in which it is the same. */
  readonly fromMicros: number;
  readonly toMicros: number;

  constructor(
    { preNat, postNat, outcome }: Connection,
    { destination, dialled, resolved }: ServerEvidence,
    end: FoundEnd,
    dialledService: string | null,
  ) {
    this.end = end;
    this.dialledService = dialledService;
    this.#dialled = preNat.destination;
    this.#served = postNat.destination;
    this.#isEstablished = outcome === "established";
    this.#destinationOwner = destination;
    this.#dialledOwner = dialled;
    this.#name = resolved === null ? null : resolved.name;
    this.#chain = resolved === null ? null : resolved.chain;
    // What was dialed at a node depends on what listened there at that moment.
    const isMomentary = dialled.type === "node" || dialled.type === "pod-range";
    this.fromMicros = isMomentary ? Number.POSITIVE_INFINITY : end.fromMicros;
    this.toMicros = end.toMicros;
  }

  isOf(
    { preNat, postNat, outcome, startMicros }: Connection,
    { destination, dialled, resolved }: ServerEvidence,
  ): boolean {
    return (
      isSameEndpoint(this.#served, postNat.destination) &&
      isSameEndpoint(this.#dialled, preNat.destination) &&
      this.#destinationOwner === destination &&
      this.#dialledOwner === dialled &&
      this.#isEstablished === (outcome === "established") &&
      (resolved === null ? this.#name === null : this.#name === resolved.name && this.#chain === resolved.chain) &&
      this.fromMicros <= startMicros &&
      startMicros < this.toMicros
    );
  }
}
