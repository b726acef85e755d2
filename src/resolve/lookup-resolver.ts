import type { Interaction } from "../model/interaction.ts";
import type { Lookup } from "../model/lookup.ts";
import type { AddressKinds } from "../inventory/addresses/address-kinds.ts";
import type { ResolvedName } from "../lookups/address-names.ts";
import { isAskedOfService } from "./asked-service.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { ClusterNames } from "../lookups/cluster-names.ts";
import type { Ends } from "./ends.ts";
import type { FailedLookup } from "../lookups/failed-lookups.ts";
import { isForwarded } from "./forwarding.ts";
import { type Holder, identityOf, isNodeHolder, OUTSIDE } from "../inventory/addresses/address-owner.ts";
import type { Holders } from "../inventory/node-perspective.ts";
import { decidedMicros } from "../lookups/retained-lookup.ts";
import { LookupEvidence } from "../lookups/lookup-evidence.ts";
import { meantName } from "./intended-name.ts";
import type { NameMemory } from "./name-memory.ts";
import type { IgnoredReason } from "./resolve-counters.ts";
import type { SourceLinks } from "./source-links.ts";
import { lookupInteraction } from "./interactions.ts";
import type { UnlistedClients } from "./unlisted-clients.ts";
import type { UnusedLookup } from "../lookups/unused-lookups.ts";

export interface LookupResolverOptions {
  readonly index: ClusterIndex;
  readonly holders: Holders;
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
  resolve(lookup: Lookup, isLast: boolean): IgnoredReason | "wait" | "done" {
    const { holders, index, kinds, names, unlisted } = this.#options;
    if (!lookup.isAsked && !isAskedOfService(lookup, index.services)) return "unasked_answer";
    const micros = decidedMicros(lookup);
    const { address } = lookup.client;
    const server = lookup.responder ?? lookup.resolver;
    const owner = holders.ofAsker(address, server === null ? null : server.address, micros);
    if (!isLast && !holders.isSettled(owner, address, micros)) {
      if (owner.type === "pod-range") this.#unsettled.set(lookup, owner.node);
      return "wait";
    }
    if (this.#unsettled.size > 0) this.#unsettled.delete(lookup);
    if (this.#options.sources.isSpoofed(lookup.senderLink, owner, lookup.queryMicros)) return "spoofed_source";
    const holder = unlisted.ofLookup(lookup, owner);
    if (isForwarded(lookup, holder, index, kinds)) return "forwarded_lookup";
    const id = identityOf(holder, address);
    if (lookup.addresses.length > 0) {
      names.of(holder).add(id, lookup.addresses, { answerMicros: micros, name: lookup.name, chain: lookup.chain });
    }
    if (this.#isOwnClient(holder)) {
      const namespace = holder.type === "pod" || holder.type === "ended-pod" ? holder.pod.namespace : null;
      this.#evidence.add(id, namespace, lookup);
    }
    return "done";
  }

  /** Whether lookups wait that may turn out to be this node's, and then give its connections their names. */
  mayStillName(source: Holder): boolean {
    if (this.#unsettled.size === 0 || !isNodeHolder(source)) return false;
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
  #isOwnClient(holder: Holder): boolean {
    const { index, node } = this.#options;
    switch (holder.type) {
      case "pod":
      case "ended-pod":
        return node === null || holder.pod.nodeName === node;
      case "contested":
        return node === null || holder.pods.some(({ nodeName }) => nodeName === node);
      case "node":
      case "pod-range":
        return node === null || holder.node === node;
      case "unlisted":
        return node === null || holder.nodeName === node;
      default:
        return index.isEmpty;
    }
  }

  #toInteraction(evidence: UnusedLookup | FailedLookup): Interaction {
    const { ends, holders, index, node, unlisted } = this.#options;
    const { lookup } = evidence;
    const { clientAddress, serverAddress, decidedMicros: micros } = lookup;
    const owner = holders.ofAsker(clientAddress, serverAddress, micros);
    const client = ends.client(clientAddress, unlisted.remembered(clientAddress, owner, micros), micros);
    if (evidence.type === "failed") {
      const name = meantName(evidence, this.#options.clusterNames, this.#options.index);
      return lookupInteraction(lookup, evidence.outcome, name, client, ends.ofUnknownName(name, micros), node);
    }
    const { address, chain } = lookup;
    const target = address === null ? OUTSIDE : index.holderOf(address, micros);
    const { name } = evidence;
    const server = ends.ofName({ name, chain, answerMicros: micros }, address ?? undefined, target);
    return lookupInteraction(lookup, "resolved", name, client, server, node);
  }
}
