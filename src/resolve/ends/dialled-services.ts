import type { AddressOwner } from "../../inventory/addresses/address-owner.ts";
import { VersionedCache } from "../../inventory/addresses/versioned-cache.ts";
import type { ClusterIndex } from "../../inventory/cluster-index.ts";
import type { ServiceRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import type { ClusterDomain } from "../../lookups/cluster-domain.ts";
import type { Connection } from "../../model/connection.ts";

/** Finds the Service that a client dialed: `namespace/name`, null if none. Only Services that the cluster has. */
export class DialledServices {
  readonly #index: ClusterIndex;
  readonly #domain: ClusterDomain;
  /** Shares equal texts: interactions are many, Services are few. */
  readonly #keys = new WeakMap<ServiceRecord, string>();
  readonly #byName = new VersionedCache<string | null>();

  constructor(index: ClusterIndex, domain: ClusterDomain) {
    this.#index = index;
    this.#domain = domain;
  }

  /**
   * By the dialed address, else by its node port, else by the name that the client had looked up. `dialled` is the owner
   * of the destination before NAT.
   */
  ofConnection(
    { preNat, postNat, outcome, startMicros }: Connection,
    dialled: AddressOwner,
    name: string | null,
  ): string | null {
    const { address, port } = preNat.destination;
    switch (dialled.type) {
      case "service": {
        // On a port that the Service lacks, the node answers that has the address on an interface.
        const isService = outcome !== "established" || dialled.service.ports.includes(port);
        return isService || this.#index.nodes.ownAt(address) === null ? this.#keyOf(dialled.service) : this.named(name);
      }
      case "node":
      case "pod-range": {
        const { services } = this.#index;
        if (this.#index.hostPods.at(dialled.node, port, startMicros) !== null) return this.named(name);
        const isRedirected = outcome !== "established" || address !== postNat.destination.address;
        const claimed = isRedirected ? services.claimedAt(address, port) : null;
        const service = services.atNodePort(port) ?? services.atBalancerAddress(address, port) ?? claimed;
        return service === null ? this.named(name) : this.#keyOf(service);
      }
      default:
        return this.named(name);
    }
  }

  /** By the name that a client looked up, else by the address that it resolved to. */
  ofLookup(name: string, target: AddressOwner): string | null {
    return this.named(name) ?? (target.type === "service" ? this.#keyOf(target.service) : null);
  }

  /** By a name in the cluster's domain, including names of pods behind a headless Service. */
  named(name: string | null): string | null {
    if (name === null) return null;
    let key = this.#byName.get(name, this.#index.version);
    if (key === undefined) {
      key = this.#findNamed(name);
      this.#byName.set(name, key);
    }
    return key;
  }

  #findNamed(name: string): string | null {
    const parsed = this.#domain.parse(name);
    const service = parsed === null ? null : this.#index.services.named(parsed.namespace, parsed.service);
    return service === null ? null : this.#keyOf(service);
  }

  /** Clients use the name of the ServiceImport, not of the Service that implements it in this cluster. */
  #keyOf(service: ServiceRecord): string {
    let key = this.#keys.get(service);
    if (key === undefined) {
      key = `${service.namespace}/${service.importName ?? service.name}`;
      this.#keys.set(service, key);
    }
    return key;
  }
}
