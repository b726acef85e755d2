import type { AddressOwner } from "../../inventory/addresses/address-owner.ts";
import type { ResolvedName } from "../../lookups/address-names.ts";
import { type End, type EndRule, KnownFlow } from "../../model/interaction.ts";
import type { FoundEnd } from "../ends/found-end.ts";
import { endUnit, firstUnit } from "./certain-time.ts";

/** The version of the cluster index, and the owners of the destination before and after NAT. */
export interface DestinationOwners {
  readonly version: number;
  readonly dialled: AddressOwner;
  readonly destination: AddressOwner;
}

/** What the ends of connections of one path follow from, beside their time. */
export interface FlowEvidence {
  readonly path: DestinationOwners;
  readonly source: AddressOwner;
  readonly isEstablished: boolean;
  /** The name that the client had resolved; null: none. */
  readonly resolved: ResolvedName | null;
}

/** The ends that the evidence leads to. */
interface FlowEnds {
  readonly client: FoundEnd;
  readonly server: FoundEnd;
  readonly dialledService: string | null;
  /** The time in which the same evidence leads to them. */
  readonly fromMicros: number;
  readonly toMicros: number;
}

/** Connections of one path with the same ends and name: what their interactions have in common. */
export class ConnectionFlow extends KnownFlow {
  /** Another one of the path. */
  next: ConnectionFlow | null = null;
  #version: number;
  #fromUnit: number;
  #toUnit: number;
  readonly #isEstablished: boolean;
  #source: AddressOwner;
  #dialled: AddressOwner;
  #destination: AddressOwner;
  readonly client: End;
  readonly server: End;
  readonly clientRule: EndRule;
  readonly serverRule: EndRule;
  readonly clientPod: string | null;
  readonly serverPod: string | null;
  readonly dialledService: string | null;
  readonly name: string | null;
  #chain: readonly string[] | null;
  readonly canonicalName: string | null;

  constructor(
    { path, source, isEstablished, resolved }: FlowEvidence,
    { client, server, dialledService, fromMicros, toMicros }: FlowEnds,
  ) {
    super();
    this.#version = path.version;
    this.#fromUnit = firstUnit(fromMicros);
    this.#toUnit = endUnit(toMicros);
    this.#isEstablished = isEstablished;
    this.#source = source;
    this.#dialled = path.dialled;
    this.#destination = path.destination;
    this.client = client.end;
    this.server = server.end;
    this.clientRule = client.rule;
    this.serverRule = server.rule;
    this.clientPod = client.pod;
    this.serverPod = server.pod;
    this.dialledService = dialledService;
    this.name = resolved === null ? null : resolved.name;
    this.#chain = resolved === null ? null : resolved.chain;
    this.canonicalName = resolved === null ? null : (resolved.chain.at(-1) ?? null);
  }

  /** Whether the evidence leads to it at a time in that unit (see `unitOf`). */
  follows({ path, source, isEstablished, resolved }: FlowEvidence, unit: number): boolean {
    return (
      this.#version === path.version &&
      this.#isEstablished === isEstablished &&
      this.#fromUnit <= unit &&
      unit < this.#toUnit &&
      this.#source === source &&
      this.#dialled === path.dialled &&
      this.#destination === path.destination &&
      (resolved === null ? this.name === null : this.#chain === resolved.chain && this.name === resolved.name)
    );
  }

  /** Whether interactions of the other one are like those of this one. */
  isLike(other: ConnectionFlow): boolean {
    return (
      this.#isEstablished === other.#isEstablished &&
      this.client === other.client &&
      this.server === other.server &&
      this.name === other.name &&
      this.canonicalName === other.canonicalName &&
      this.dialledService === other.dialledService &&
      this.clientRule === other.clientRule &&
      this.serverRule === other.serverRule &&
      this.clientPod === other.clientPod &&
      this.serverPod === other.serverPod
    );
  }

  /** The same, with the evidence of another one that is like it. */
  renew(other: ConnectionFlow): void {
    this.#version = other.#version;
    this.#fromUnit = other.#fromUnit;
    this.#toUnit = other.#toUnit;
    this.#source = other.#source;
    this.#dialled = other.#dialled;
    this.#destination = other.#destination;
    this.#chain = other.#chain;
  }
}
