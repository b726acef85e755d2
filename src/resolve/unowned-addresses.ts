import { GenerationalCache } from "../bounded/generational-cache.ts";
import type { AddressKinds } from "../inventory/addresses/address-kinds.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";

const MAX_ADDRESSES = 4_096;

/** An address without an owner in the cluster index. */
interface UnownedAddress {
  /** Version of the cluster index that the next fields were made with. */
  version: number;
  /** Known to be outside: in a configured range, or of the API server. */
  isOutside: boolean;
  mayBeInside: boolean;
  /** Packets of it have arrived. If one then seems to leave first, the frame of its arrival was lost. */
  hasArrived: boolean;
}

/** What is known about addresses without an owner; updated with the cluster index. */
export class UnownedAddresses {
  readonly #index: ClusterIndex;
  readonly #kinds: AddressKinds;
  readonly #addresses = new GenerationalCache<string, UnownedAddress>(MAX_ADDRESSES);

  constructor(index: ClusterIndex, kinds: AddressKinds) {
    this.#index = index;
    this.#kinds = kinds;
  }

  at(address: string): UnownedAddress {
    const { version } = this.#index;
    let unowned = this.#addresses.get(address);
    if (unowned?.version === version) return unowned;
    if (unowned === undefined) {
      unowned = { version, isOutside: false, mayBeInside: false, hasArrived: false };
      this.#addresses.set(address, unowned);
    }
    unowned.version = version;
    unowned.isOutside = this.#kinds.isNamed(address) || this.#index.isApiServerAddress(address);
    unowned.mayBeInside =
      this.#kinds.isPrivate(address) || this.#kinds.isLinkLocal(address) || this.#index.isNearPods(address);
    return unowned;
  }
}
