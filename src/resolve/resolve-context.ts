import { AddressKinds } from "../inventory/addresses/address-kinds.ts";
import type { ExternalNames } from "../inventory/addresses/external-names.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import { NodePerspective } from "../inventory/node-perspective.ts";
import type { ClusterDomain } from "../lookups/cluster-domain.ts";
import { DialledServices } from "./ends/dialled-services.ts";
import { Ends } from "./ends/ends.ts";
import { NameProof } from "./ends/name-proof.ts";
import { NameCaches } from "./name-caches.ts";
import { KnownAddresses } from "./paths/known-addresses.ts";
import { KnownPaths } from "./paths/known-paths.ts";
import { SpoofedSources } from "./spoofed-sources.ts";
import { UnlistedClients } from "./unlisted-clients.ts";

export interface ContextOptions {
  readonly index: ClusterIndex;
  readonly domain: ClusterDomain;
  readonly external: ExternalNames;
  /** Node that the packets were captured on; null: unknown, so everything observed is reported. */
  readonly node: string | null;
}

/** The knowledge that connections and lookups are resolved with. */
export class ResolveContext {
  readonly index: ClusterIndex;
  readonly domain: ClusterDomain;
  readonly node: string | null;
  readonly kinds: AddressKinds;
  readonly addresses: KnownAddresses;
  readonly perspective: NodePerspective;
  readonly unlisted: UnlistedClients;
  readonly spoofed: SpoofedSources;
  readonly ends: Ends;
  readonly proof: NameProof;
  readonly dialled: DialledServices;
  readonly paths: KnownPaths;
  readonly names = new NameCaches();

  constructor({ index, domain, external, node }: ContextOptions) {
    this.index = index;
    this.domain = domain;
    this.node = node;
    this.kinds = new AddressKinds(external);
    index.addresses.secondary.restrictTo((address) => this.kinds.isPrivate(address) || this.kinds.isLinkLocal(address));
    this.addresses = new KnownAddresses(index);
    this.perspective = new NodePerspective(index, this.kinds, node);
    this.unlisted = new UnlistedClients(index, this.kinds, node);
    this.spoofed = new SpoofedSources(index, node);
    this.ends = new Ends(index, domain, external);
    this.proof = new NameProof(index, domain, this.kinds);
    this.dialled = new DialledServices(index, domain);
    this.paths = new KnownPaths(index, this.addresses, this.perspective);
    index.pods.onForgotten((pod) => {
      this.names.forget(pod);
      this.spoofed.forget(pod);
      this.paths.forget();
    });
  }
}
