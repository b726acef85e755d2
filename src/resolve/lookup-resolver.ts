import {
  type AddressOwner,
  isNodeOwner,
  nameScopeOf,
  nodeOwner,
  OUTSIDE,
} from "../inventory/addresses/address-owner.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import { type Services, serviceKey } from "../inventory/services.ts";
import type { ResolvedName } from "../lookups/address-names.ts";
import type { ClusterDomain } from "../lookups/cluster-domain.ts";
import type { FailedLookup } from "../lookups/failed-lookups.ts";
import { LookupEvidence } from "../lookups/lookup-evidence.ts";
import { decidedMicros } from "../lookups/lookup-summary.ts";
import { UnprovenLookups } from "../lookups/unproven-lookups.ts";
import type { UnusedLookup } from "../lookups/unused-lookups.ts";
import type { Interaction } from "../model/interaction.ts";
import type { Lookup, ResolverQuery } from "../model/lookup.ts";
import { isForwarded } from "./forwarding.ts";
import type { ResolveContext } from "./resolve-context.ts";
import type { IgnoredFactReason } from "./resolve-counters.ts";
import { ResolverQueries } from "./resolver-queries.ts";
import { lookupInteraction } from "./to-interaction.ts";

/** Resolves lookups: stores their names for the client's connections, and reports those without a connection. */
export class LookupResolver {
  readonly #context: ResolveContext;
  readonly #evidence: LookupEvidence;
  readonly #resolvers: ResolverQueries;
  readonly #unproven = new UnprovenLookups();
  /** Lookups from a node, or from its pod range, that wait for an update of a pod or for an answer. */
  readonly #pendingOnNode = new Map<Lookup, string>();
  /** How many there are of each node. */
  readonly #pendingOfNode = new Map<string, number>();

  constructor(
    context: ResolveContext,
    emit: (interaction: Interaction) => void,
    emitQuery: (query: ResolverQuery) => void,
  ) {
    this.#context = context;
    this.#resolvers = new ResolverQueries(context, emitQuery);
    this.#evidence = new LookupEvidence(context.domain, (evidence) => emit(this.#toInteraction(evidence)));
  }

  /** Call it for each lookup as soon as it comes. */
  arrived(lookup: Lookup): void {
    this.#unproven.arrived(lookup);
  }

  /**
   * "wait": a cluster update may still change the client, or an answer may show who sent the lookup; never returned when
   * `isLast`. "done": accepted.
   */
  resolve(lookup: Lookup, isLast: boolean): IgnoredFactReason | "wait" | "done" {
    const { addresses, perspective, index, kinds, names, unlisted } = this.#context;
    const micros = decidedMicros(lookup);
    if (this.#pendingOnNode.size > 0) this.#notPending(lookup);
    const { address } = lookup.client;
    if (!lookup.isAsked && !isAnsweredByEndpoint(lookup, micros, index.services)) {
      this.#begunBefore(lookup, micros);
      return "unasked_answer";
    }
    const server = lookup.responder ?? lookup.resolver;
    const known = addresses.at(address);
    const owner = perspective.clientOf(known.ownerAt(micros), address, server === null ? null : server.address);
    if (!isLast && (lookup.isUnproven || !perspective.isFinal(owner, address, micros))) {
      if (isNodeOwner(owner)) this.#pending(lookup, owner.node);
      return "wait";
    }
    const kept = known.isOf(owner) ? known : null;
    if (this.#context.spoofed.isSpoofed(lookup.senderLink, owner, lookup.queryMicros, kept)) return "spoofed_source";
    const client = unlisted.ofLookup(lookup, owner);
    const tables = client === owner ? kept : null;
    const servesDns = tables === null ? client.type === "pod" && index.servesDns(client.pod) : tables.servesDns;
    // A pod that serves DNS makes no lookups of its own.
    const isProven = !lookup.isUnproven || this.#unproven.isAnswered(lookup);
    const isOfForwarder = servesDns || (isProven && isForwarded(lookup, client, index, kinds));
    // A host process may have sent it, whose connections need the name. A lookup of its own would only be a guess.
    if (isOfForwarder && !(lookup.mayBeOwn && isNodeOwner(client))) return "forwarded_lookup";
    const id = nameScopeOf(client, address);
    if (lookup.addresses.length > 0) {
      const name = { answerMicros: micros, name: lookup.name, chain: lookup.chain };
      const added = names.of(client).add(id, lookup.addresses, name, tables === null ? null : tables.names);
      if (tables !== null) tables.names = added;
    }
    if (isOfForwarder) return "forwarded_lookup";
    if (this.#isOwnClient(client)) {
      const namespace = client.type === "pod" || client.type === "ended-pod" ? client.pod.namespace : null;
      const dnsClient = this.#evidence.add(id, namespace, lookup, tables === null ? null : tables.queries);
      if (tables !== null) tables.queries = dnsClient;
      this.#resolvers.add(lookup, client, dnsClient);
    }
    return "done";
  }

  /** Whether pending lookups may turn out to be of this node, so that connections of the node need their names. */
  mayStillName(source: AddressOwner): boolean {
    return this.#pendingOfNode.size > 0 && isNodeOwner(source) && this.#pendingOfNode.has(source.node);
  }

  /** An answer without its question: at the start of a capture, the question may have been sent before. */
  #begunBefore({ name, client, resolver, responder }: Lookup, micros: number): void {
    // Forged answers come at any time, and many: they cost no search for their owners.
    if (resolver !== null || responder === null || !this.#evidence.isNearStart(micros)) return;
    const { addresses, kinds, node } = this.#context;
    const owner = addresses.at(client.address).ownerAt(micros);
    const namespace = owner.type === "pod" || owner.type === "ended-pod" ? owner.pod.namespace : null;
    if (this.#isOwnClient(owner)) {
      this.#evidence.begunBefore(nameScopeOf(owner, client.address), namespace, name, micros);
    }
    const server = addresses.at(responder.address).ownerAt(micros);
    const isHere = server.type === "service" || kinds.isLinkLocal(responder.address);
    const cache = isHere && node !== null ? nodeOwner(node) : server;
    if (isNodeOwner(cache) && this.#isOwnClient(cache)) this.#evidence.begunBefore(cache.id, null, name, micros);
  }

  #pending(lookup: Lookup, node: string): void {
    this.#pendingOnNode.set(lookup, node);
    this.#pendingOfNode.set(node, (this.#pendingOfNode.get(node) ?? 0) + 1);
  }

  #notPending(lookup: Lookup): void {
    const node = this.#pendingOnNode.get(lookup);
    if (node === undefined) return;
    this.#pendingOnNode.delete(lookup);
    const count = (this.#pendingOfNode.get(node) ?? 1) - 1;
    if (count > 0) this.#pendingOfNode.set(node, count);
    else this.#pendingOfNode.delete(node);
  }

  /** The client connected to an address of the name. */
  connected(clientId: string, resolved: ResolvedName, synMicros: number): void {
    this.#evidence.connected(clientId, resolved, synMicros);
  }

  /** Packet time, and the time up to which cluster updates have been read. */
  advance(micros: number, readMicros: number): void {
    this.#evidence.advance(micros, readMicros);
  }

  /** Packets are missing from here on. */
  interrupt(): void {
    this.#evidence.interrupt();
  }

  finish(): void {
    this.#evidence.finish();
  }

  get undecided(): number {
    return this.#evidence.undecided;
  }

  get evicted(): number {
    return this.#evidence.evicted;
  }

  /** Only the client's node reports its lookups; without a node, those of every client in the cluster are reported. */
  #isOwnClient(client: AddressOwner): boolean {
    const { index, node } = this.#context;
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
    const { ends, dialled, perspective, index, domain, node: reporter, unlisted } = this.#context;
    const { lookup } = evidence;
    const { clientAddress, serverAddress, decidedMicros: micros } = lookup;
    const owner = perspective.clientOf(index.ownerOf(clientAddress, micros), clientAddress, serverAddress);
    const client = ends.client(clientAddress, unlisted.remembered(clientAddress, owner, micros), micros);
    if (evidence.type === "failed") {
      const { outcome } = evidence;
      const name = searchedName(evidence, domain, index);
      const server = ends.ofFailedName(name, micros);
      return lookupInteraction(lookup, {
        outcome,
        name,
        client,
        server,
        dialledService: dialled.named(name),
        reporter,
      });
    }
    const { address, chain } = lookup;
    const target = address === null ? OUTSIDE : index.ownerOf(address, micros);
    const { name } = evidence;
    const server = ends.ofName({ name, chain, answerMicros: micros }, address ?? undefined, target);
    const dialledService = dialled.ofLookup(name, target);
    return lookupInteraction(lookup, { outcome: "resolved", name, client, server, dialledService, reporter });
  }
}

/**
 * Whether the client queried a Service, and an endpoint of it answered from its own address. With eBPF NAT between two
 * interfaces, no sighting has the endpoint's address in the query or the Service's address in the answer.
 */
function isAnsweredByEndpoint({ resolver, responder }: Lookup, micros: number, services: Services): boolean {
  if (resolver === null || responder === null) return false;
  const service = services.atAddress(resolver.address, resolver.port, micros);
  return service !== null && services.isBehind(serviceKey(service), responder.address, responder.port);
}

/**
 * The name that a failed search was for: `gone` in the client's namespace, `gone.shop` as a Service if that namespace
 * exists, else the name without suffix.
 */
function searchedName({ queries, candidates, namespace }: FailedLookup, domain: ClusterDomain, index: ClusterIndex) {
  const first = queries[0] ?? "";
  const bare = candidates.reduce((a, b) => (b.length < a.length ? b : a), first);
  const labels = bare.split(".");
  if (labels.length === 1 && namespace !== null) {
    const own = domain.inNamespace(bare, namespace);
    if (queries.includes(own)) return own;
  }
  const [service = "", ofService = ""] = labels;
  const asService = domain.asService(bare);
  const isServiceName =
    labels.length === 2 &&
    index.services.hasNamespace(ofService) &&
    (queries.includes(asService) || index.services.named(ofService, service) !== null);
  if (isServiceName) return asService;
  if (queries.includes(bare)) return bare;
  return queries.find((query) => !domain.contains(query)) ?? (domain.parse(first) === null ? bare : first);
}
