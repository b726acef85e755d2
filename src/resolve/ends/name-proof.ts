import type { AddressKinds } from "../../inventory/addresses/address-kinds.ts";
import type { ClusterIndex } from "../../inventory/cluster-index.ts";
import { serviceKey } from "../../inventory/services.ts";
import type { ResolvedName } from "../../lookups/address-names.ts";
import type { ClusterDomain } from "../../lookups/cluster-domain.ts";

/**
 * Whether the name of a Service may stand for an address outside the cluster. A client may ask a DNS server of its own,
 * which gives any name any address: where the cluster knows what is behind its Services, only that counts.
 */
export class NameProof {
  readonly #index: ClusterIndex;
  readonly #domain: ClusterDomain;
  readonly #kinds: AddressKinds;

  constructor(index: ClusterIndex, domain: ClusterDomain, kinds: AddressKinds) {
    this.#index = index;
    this.#domain = domain;
    this.#kinds = kinds;
  }

  /** `address`: outside the cluster. `isEstablished`: a server answered there. */
  isProven({ name, chain }: ResolvedName, address: string, isEstablished: boolean): boolean {
    const { services } = this.#index;
    if (!this.#domain.contains(name) || !services.hasSlices) return true;
    if (this.#mayHaveBeenInside(address, isEstablished)) return true;
    const parsed = this.#domain.parse(name);
    if (parsed === null) return false;
    const { namespace, service: serviceName } = parsed;
    const service = services.withName(namespace, serviceName);
    if (chain.some((each) => !this.#domain.contains(each))) return service === null || service.externalName !== null;
    // Other clusters of the set serve it at addresses that this one does not know.
    if (this.#domain.isInClusterSet(name)) return services.implementing(namespace, serviceName) !== null;
    if (service === null) return false;
    const names = service.externalName === null ? [name] : [name, ...chain];
    return names.some((each) => this.#hasEndpoint(each, address));
  }

  /** Clients go on dialing the address of a Service that is gone, and a cluster file has the objects of one moment only. */
  #mayHaveBeenInside(address: string, isEstablished: boolean): boolean {
    const { isWatchingPods } = this.#index;
    if (this.#kinds.isPrivate(address) && !(isWatchingPods && isEstablished)) return true;
    return !isWatchingPods && this.#index.isNearPods(address);
  }

  #hasEndpoint(name: string, address: string): boolean {
    const { services } = this.#index;
    const parsed = this.#domain.parse(name);
    const service = parsed === null ? null : services.withName(parsed.namespace, parsed.service);
    return service !== null && services.hasEndpoint(serviceKey(service), address);
  }
}
