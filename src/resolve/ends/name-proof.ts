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

  constructor(index: ClusterIndex, domain: ClusterDomain) {
    this.#index = index;
    this.#domain = domain;
  }

  /** `address`: outside the cluster. */
  isProven({ name, chain }: ResolvedName, address: string): boolean {
    const { services } = this.#index;
    if (!this.#domain.contains(name) || !services.hasSlices) return true;
    // A cluster file has the pods of one moment only.
    if (!this.#index.isWatchingPods && this.#index.isNearPods(address)) return true;
    const parsed = this.#domain.parse(name);
    const service = parsed === null ? null : services.withName(parsed.namespace, parsed.service);
    if (chain.some((each) => !this.#domain.contains(each))) return service === null || service.externalName !== null;
    if (service === null) return false;
    // Other clusters of the set serve it at addresses that this one does not know.
    if (this.#domain.isInClusterSet(name)) return service.importName !== null;
    return services.hasEndpoint(serviceKey(service), address);
  }
}
