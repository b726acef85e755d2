import type { AddressKinds } from "../inventory/addresses/address-kinds.ts";
import { type AddressOwner, isNodeOwner, nameScopeOf, OUTSIDE } from "../inventory/addresses/address-owner.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { NodePerspective } from "../inventory/node-perspective.ts";
import type { ResolvedName } from "../lookups/address-names.ts";
import type { ClusterNames } from "../lookups/cluster-names.ts";
import type { FailedLookup } from "../lookups/failed-lookups.ts";
import { LookupEvidence } from "../lookups/lookup-evidence.ts";
import { decidedMicros } from "../lookups/retained-lookup.ts";
import type { UnusedLookup } from "../lookups/unused-lookups.ts";
import type { Interaction } from "../model/interaction.ts";
import type { Lookup } from "../model/lookup.ts";
import { isAskedOfService } from "./asked-service.ts";
import type { Ends } from "./ends.ts";
import { isForwarded } from "./forwarding.ts";
import { intendedName } from "./intended-name.ts";
import { lookupInteraction } from "./interactions.ts";
import type { NameMemory } from "./name-memory.ts";
import type { IgnoredFactReason } from "./resolve-counters.ts";
import type { SourceLinks } from "./source-links.ts";
import type { UnlistedClients } from "./unlisted-clients.ts";

export interface LookupResolverOptions {
  readonly index: ClusterIndex;
  readonly perspective: NodePerspective;
  readonly unlisted: UnlistedClients;
  readonly kinds: AddressKinds;
  readonly ends: Ends;
  readonly names: NameMemory;
  readonly clusterNames: ClusterNames;
  readonly sources: SourceLinks;
  readonly node: string | null;
}

/** Gives a lookup to its client: what it names from now on, and whether it is evidence of its own. */
export class LookupResolver {
  readonly #options: LookupResolverOptions;
  readonly #evidence: LookupEvidence;
  /** Lookups from a node's pod range that wait for the news of a pod: without any they are the node's. */
  readonly #unsettled = new Map<Lookup, string>();

  constructor(options: LookupResolverOptions, emit: (interaction: Interaction) => void) {
    this.#options = options;
    this.#evidence = new LookupEvidence(options.clusterNames, (evidence) => emit(this.#toInteraction(evidence)));
  }

  /** "wait": news may still change whose it is, which `isLast` rules out; "done": nothing more to say of it now. */
  resolve(lookup: Lookup, isLast: boolean): IgnoredFactReason | "wait" | "done" {
    const { perspective, index, kinds, names, unlisted } = this.#options;
    if (!lookup.isAsked && !isAskedOfService(lookup, index.services)) return "unasked_answer";
    const micros = decidedMicros(lookup);
    const { address } = lookup.client;
    const server = lookup.responder ?? lookup.resolver;
    const owner = perspective.clientOf(address, server === null ? null : server.address, micros);
    if (!isLast && !perspective.isFinal(owner, address, micros)) {
      if (owner.type === "pod-range") this.#unsettled.set(lookup, owner.node);
      return "wait";
    }
    if (this.#unsettled.size > 0) this.#unsettled.delete(lookup);
    if (this.#options.sources.isSpoofed(lookup.senderLink, owner, lookup.queryMicros)) return "spoofed_source";
    const client = unlisted.ofLookup(lookup, owner);
    if (isForwarded(lookup, client, index, kinds)) return "forwarded_lookup";
    const id = nameScopeOf(client, address);
    if (lookup.addresses.length > 0) {
      names.of(client).add(id, lookup.addresses, { answerMicros: micros, name: lookup.name, chain: lookup.chain });
    }
    if (this.#isOwnClient(client)) {
      const namespace = client.type === "pod" || client.type === "ended-pod" ? client.pod.namespace : null;
      this.#evidence.add(id, namespace, lookup);
    }
    return "done";
  }

  /** Whether lookups wait that may turn out to be this node's, and then give its connections their names. */
  mayStillName(source: AddressOwner): boolean {
    if (this.#unsettled.size === 0 || !isNodeOwner(source)) return false;
    for (const node of this.#unsettled.values()) if (node === source.node) return true;
    return false;
  }

  /** The client has connected to what the name had resolved to. */
  connected(clientId: string, resolved: ResolvedName, synMicros: number): void {
    this.#evidence.connected(clientId, resolved, synMicros);
  }

  advance(micros: number): void {
    this.#evidence.advance(micros);
  }

  finish(): void {
    this.#evidence.finish();
  }

  get evicted(): number {
    return this.#evidence.evicted;
  }

  /** Lookups are told by their client's node only; without a node, of every client in the cluster. */
  #isOwnClient(client: AddressOwner): boolean {
    const { index, node } = this.#options;
    switch (client.type) {
      case "pod":
      case "ended-pod":
        return node === null || client.pod.nodeName === node;
      case "ambiguous":
        return node === null || client.pods.some(({ nodeName }) => nodeName === node);
      case "node":
      case "pod-range":
        return node === null || client.node === node;
      case "unlisted":
        return node === null || client.nodeName === node;
      default:
        return index.isEmpty;
    }
  }

  #toInteraction(evidence: UnusedLookup | FailedLookup): Interaction {
    const { ends, perspective, index, node, unlisted } = this.#options;
    const { lookup } = evidence;
    const { clientAddress, serverAddress, decidedMicros: micros } = lookup;
    const owner = perspective.clientOf(clientAddress, serverAddress, micros);
    const client = ends.client(clientAddress, unlisted.remembered(clientAddress, owner, micros), micros);
    if (evidence.type === "failed") {
      const name = intendedName(evidence, this.#options.clusterNames, this.#options.index);
      return lookupInteraction(lookup, evidence.outcome, name, client, ends.ofUnknownName(name, micros), node);
    }
    const { address, chain } = lookup;
    const target = address === null ? OUTSIDE : index.ownerOf(address, micros);
    const { name } = evidence;
    const server = ends.ofName({ name, chain, answerMicros: micros }, address ?? undefined, target);
    return lookupInteraction(lookup, "resolved", name, client, server, node);
  }
}
