import type { StableOwner } from "../../inventory/address-owners.ts";
import type { AddressOwner } from "../../inventory/addresses/address-owner.ts";
import { VersionedCache } from "../../inventory/addresses/versioned-cache.ts";
import type { ClusterIndex } from "../../inventory/cluster-index.ts";
import type { DnsClient } from "../../lookups/queried-names.ts";
import type { ClientNames } from "../../lookups/resolved-names.ts";
import type { FoundEnd } from "../ends/found-end.ts";

/** Where the link on which all packets of a pod have arrived is kept, to save look-ups. */
export interface UsualLink {
  usualLink: number;
  /** Of the links, when it was the usual one. */
  linksVersion: number;
}

/**
 * What facts of one address share until the index changes: its owner, and what follows from it. A fact finds it with one
 * look-up, and with it the tables of its client.
 */
export class KnownAddress implements UsualLink {
  readonly address: string;
  readonly #index: ClusterIndex;
  readonly #owner: AddressOwner;
  /** The time in which the owner is the same; an empty interval: it depends on the time or the port. */
  readonly fromMicros: number;
  readonly toMicros: number;
  #client: AddressOwner | null = null;
  #clientEnd: FoundEnd | null = null;
  /** Whether the owner is a pod that serves DNS. */
  readonly servesDns: boolean;
  usualLink = 0;
  linksVersion = -1;
  /** Of the owner, as a client; null: not used yet. */
  names: ClientNames | null = null;
  queries: DnsClient | null = null;

  constructor(address: string, { owner, fromMicros, toMicros }: StableOwner, index: ClusterIndex) {
    this.address = address;
    this.#index = index;
    this.#owner = owner;
    this.fromMicros = fromMicros;
    this.toMicros = toMicros;
    this.servesDns = owner.type === "pod" && index.servesDns(owner.pod);
  }

  /** The owner at that time. `port` selects among Services that share the address. */
  ownerAt(micros: number, port: number | null = null): AddressOwner {
    return this.fromMicros <= micros && micros < this.toMicros
      ? this.#owner
      : this.#index.ownerOf(this.address, micros, port);
  }

  /** Whether what is kept here belongs to this owner. */
  isOf(owner: AddressOwner): boolean {
    return owner === this.#owner && this.fromMicros < this.toMicros;
  }

  /** The end of an owner as a client at the address; null: not known here. */
  clientEnd(owner: AddressOwner, micros: number): FoundEnd | null {
    const end = this.#clientEnd;
    if (end === null || owner !== this.#client || micros < end.fromMicros || end.toMicros <= micros) return null;
    return end;
  }

  keepClientEnd(owner: AddressOwner, end: FoundEnd): FoundEnd {
    this.#client = owner;
    this.#clientEnd = end;
    return end;
  }
}

export class KnownAddresses {
  readonly #index: ClusterIndex;
  readonly #addresses = new VersionedCache<KnownAddress>();

  constructor(index: ClusterIndex) {
    this.#index = index;
  }

  at(address: string): KnownAddress {
    let known = this.#addresses.get(address, this.#index.version);
    if (known === undefined) {
      known = new KnownAddress(address, this.#index.stableOwnerOf(address), this.#index);
      this.#addresses.set(address, known);
    }
    return known;
  }
}
