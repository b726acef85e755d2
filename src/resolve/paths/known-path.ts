import type { AddressOwner } from "../../inventory/addresses/address-owner.ts";
import type { Finality } from "../../inventory/node-perspective.ts";
import { endUnit, firstUnit, unitOf } from "./certain-time.ts";
import type { ConnectionFlow, FlowEvidence } from "./connection-flow.ts";
import type { KnownAddress } from "./known-addresses.ts";

/** Flows of one path: two names, established or not. Beyond it the flows are found again. */
const MAX_FLOWS = 4;

/** What connections of one path share: the owners of its addresses, and what follows from them. */
interface PathOwners {
  /** Of the address that the client had. */
  readonly from: KnownAddress;
  /** Owners of the client's address, and of the destination before and after NAT. */
  readonly owner: AddressOwner;
  readonly dialled: AddressOwner;
  readonly destination: AddressOwner;
  /** Whether an update may still change one of the owners. */
  readonly finality: Finality;
  /** Identity of the client if it is the owner of its address. */
  readonly clientId: string;
  /** The time in which the owners are the same, by the updates so far. */
  readonly fromMicros: number;
  readonly toMicros: number;
}

/** What is known of one path. Its flows stay when the owners are found anew. */
export class KnownPath {
  /** Whose it is. */
  readonly table: object;
  readonly version: number;
  #fromUnit: number;
  #toUnit: number;
  readonly finality: Finality;
  readonly owner: AddressOwner;
  readonly destination: AddressOwner;
  readonly dialled: AddressOwner;
  readonly from: KnownAddress;
  /** What is kept of the owner of the client's address; null: nothing. */
  readonly kept: KnownAddress | null;
  readonly clientId: string;
  /** Whether its connections are the agent's own, and the version of the filter that said so. */
  isOwnTraffic = false;
  ownTrafficVersion = -1;
  #flow: ConnectionFlow | null;

  constructor(table: object, version: number, owners: PathOwners, former: KnownPath | null) {
    this.table = table;
    this.version = version;
    this.#fromUnit = firstUnit(owners.fromMicros);
    this.#toUnit = endUnit(owners.toMicros);
    this.finality = owners.finality;
    this.owner = owners.owner;
    this.destination = owners.destination;
    this.dialled = owners.dialled;
    this.from = owners.from;
    this.kept = owners.from.isOf(owners.owner) ? owners.from : null;
    this.clientId = owners.clientId;
    this.#flow = former === null ? null : former.#flow;
  }

  /** Whether its owners are certain at that time. */
  isCertain(version: number, micros: number): boolean {
    const unit = unitOf(micros);
    return this.version === version && this.#fromUnit <= unit && unit < this.#toUnit;
  }

  /** The flow that the evidence leads to at that time; null: not known. */
  flowOf(evidence: FlowEvidence, micros: number): ConnectionFlow | null {
    const unit = unitOf(micros);
    let flow = this.#flow;
    while (flow !== null && !flow.follows(evidence, unit)) flow = flow.next;
    return flow;
  }

  /** Keeps a flow; returns the known one that it is like, or itself. */
  keep(found: ConnectionFlow): ConnectionFlow {
    let flows = 0;
    for (let flow = this.#flow; flow !== null; flow = flow.next) {
      if (flow.isLike(found)) {
        flow.renew(found);
        return flow;
      }
      flows++;
    }
    found.next = flows < MAX_FLOWS ? this.#flow : null;
    this.#flow = found;
    return found;
  }
}
