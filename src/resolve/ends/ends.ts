import { GenerationalCache } from "../../bounded/generational-cache.ts";
import type { AddressOwner } from "../../inventory/addresses/address-owner.ts";
import type { ExternalNames } from "../../inventory/addresses/external-names.ts";
import type { ClusterIndex } from "../../inventory/cluster-index.ts";
import { API_SERVER_END } from "../../inventory/services.ts";
import type { PodRecord, ServiceRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import type { ResolvedName } from "../../lookups/address-names.ts";
import type { ClusterDomain } from "../../lookups/cluster-domain.ts";
import type { Connection, Endpoint } from "../../model/connection.ts";
import type { End, EndRule } from "../../model/interaction.ts";
import { type FoundEnd, found, momentary } from "./found-end.ts";
import type { ServerEvidence } from "./server-evidence.ts";

/** Ends in a generation that are shared by their interactions. */
const MAX_SHARED_ENDS = 8_192;
const API_SERVER = found(API_SERVER_END, "api_server");

/**
 * Maps owners of addresses to ends of interactions. A workload is the same end on every path: ClusterIP, headless
 * Service, pod address, node port, load balancer, ExternalName.
 */
export class Ends {
  readonly #index: ClusterIndex;
  readonly #domain: ClusterDomain;
  readonly #external: ExternalNames;
  readonly #shared = new GenerationalCache<string, FoundEnd>(MAX_SHARED_ENDS);
  /** The same ends by address and by name, without a key made for each fact. */
  readonly #byAddress = new GenerationalCache<string, FoundEnd>(MAX_SHARED_ENDS);
  readonly #byName = new GenerationalCache<string, FoundEnd>(MAX_SHARED_ENDS);

  constructor(index: ClusterIndex, domain: ClusterDomain, external: ExternalNames) {
    this.#index = index;
    this.#domain = domain;
    this.#external = external;
  }

  /** The client of a connection or a lookup. */
  client(address: string, owner: AddressOwner, micros: number): FoundEnd {
    if (this.#index.isEmpty) return this.#unresolved(address);
    switch (owner.type) {
      case "pod":
        return this.#pod(owner.pod, "pod");
      case "ended-pod":
      case "ambiguous":
      case "unlisted":
        return this.#unresolved(address);
      case "node":
        return this.#node(owner.node);
      case "pod-range":
        return this.#inRange(owner.node, address);
      case "service":
        return this.#ofService(owner.service, "service", micros);
      case "outside":
        // A managed control plane calls webhooks and the metrics API from the address of the API server.
        return this.#index.isApiServerAddress(address) ? API_SERVER : this.#at(address);
    }
  }

  /** The server of a connection. */
  server(connection: Connection, evidence: ServerEvidence): FoundEnd {
    const { resolved } = evidence;
    const owner = evidence.path.destination;
    const { address, port } = connection.postNat.destination;
    if (this.#index.isEmpty) return this.#withoutCluster(address, resolved);
    if (this.#index.isApiServerEndpoint(address, port)) return API_SERVER;
    switch (owner.type) {
      case "pod":
        return this.#pod(owner.pod, "pod");
      case "ended-pod":
        // Without an answer, the ended pod was the destination. With one, the present owner is unknown.
        return connection.outcome === "established" ? this.#unresolved(address) : this.#pod(owner.pod, "pod");
      case "ambiguous":
        return this.#unresolved(address);
      case "node":
        return this.#onNode(owner.node, connection);
      case "pod-range":
        return this.#inRange(owner.node, address);
      case "service":
        return this.#atService(owner.service, connection);
      case "unlisted":
        return this.#behindService(connection, evidence) ?? this.#unresolved(address);
      case "outside":
        return this.#outside(connection, evidence);
    }
  }

  /** The end of a resolved name. `owner` is the owner of the address that it resolved to. */
  ofName(resolved: ResolvedName, address: string | undefined, owner: AddressOwner): FoundEnd {
    if (this.#index.isEmpty) return this.#withoutCluster(address ?? "", resolved);
    const micros = resolved.answerMicros;
    const parsed = this.#domain.parse(resolved.name);
    const service = parsed === null ? null : this.#index.services.named(parsed.namespace, parsed.service);
    if (service !== null && service.externalName === null) return this.#ofService(service, "name", micros);
    switch (owner.type) {
      case "pod":
        return this.#pod(owner.pod, "pod");
      case "service":
        return this.#ofService(owner.service, "service", micros);
      case "node":
        return this.#node(owner.node);
      default:
        return this.#named(resolved);
    }
  }

  /** The end of a name that was not resolved: a Service for a name in the cluster, else an external end. */
  ofFailedName(name: string, micros: number): FoundEnd {
    const parsed = this.#domain.parse(name);
    if (parsed === null) return found(this.#external.named(name), "name");
    const service = this.#index.services.named(parsed.namespace, parsed.service);
    if (service === null) return this.#service(parsed.namespace, parsed.service);
    const target = service.externalName;
    return target === null || this.#domain.contains(target)
      ? this.#ofService(service, "name", micros)
      : found(this.#external.named(target), "name");
  }

  /** A DNS server. `owner` is the owner of its address. */
  resolver(server: Endpoint, owner: AddressOwner, micros: number): FoundEnd {
    return owner.type === "node" ? this.onNode(owner.node, server, micros) : this.client(server.address, owner, micros);
  }

  /** What listens on the node, at one of its addresses, at that moment. `claimed`: the Service that claims the port there. */
  onNode(node: string, { address, port }: Endpoint, micros: number, claimed: ServiceRecord | null = null): FoundEnd {
    const pod = this.#index.podOnNode(node, address, port, micros);
    if (pod !== null) return momentary(this.#pod(pod, "host_pod"));
    const { services } = this.#index;
    const service = services.atNodePort(port) ?? services.atBalancerAddress(address, port) ?? claimed;
    return momentary(service === null ? this.#node(node) : this.#ofService(service, "endpoint", micros));
  }

  /** Where something answers at the node's own address, its port was not redirected. */
  #onNode(node: string, { postNat: { destination }, outcome, startMicros }: Connection): FoundEnd {
    const { address, port } = destination;
    const claimed = outcome === "established" ? null : this.#index.services.claimedAt(address, port);
    return this.onNode(node, destination, startMicros, claimed);
  }

  /** The Service; or the node, if it has the address on an interface and answers on a port that the Service lacks. */
  #atService(service: ServiceRecord, connection: Connection): FoundEnd {
    const { address, port } = connection.postNat.destination;
    const node = this.#index.nodes.ownAt(address);
    const isNode = node?.type === "node" && connection.outcome === "established" && !service.ports.includes(port);
    return isNode ? this.#onNode(node.node, connection) : this.#ofService(service, "service", connection.startMicros);
  }

  #outside(connection: Connection, evidence: ServerEvidence): FoundEnd {
    const { resolved } = evidence;
    const { address } = connection.postNat.destination;
    const service = this.#behindService(connection, evidence);
    if (service !== null) return service;
    if (resolved !== null) return evidence.isProven ? this.#named(resolved) : this.#outsideNamed(resolved);
    if (this.#index.isApiServerAddress(address)) return API_SERVER;
    // A cluster file has the pods of one moment only.
    const mayBePod = !this.#index.isWatchingPods && this.#index.isNearPods(address);
    return mayBePod && this.#external.cidrName(address) === null ? this.#unresolved(address) : this.#at(address);
  }

  /** The Service of an endpoint: by the dialed address, by the resolved name, or by its known endpoints. */
  #behindService(
    { postNat, startMicros }: Connection,
    { path: { dialled }, source, resolved, isProven }: ServerEvidence,
  ): FoundEnd | null {
    if (dialled.type === "service") return this.#ofService(dialled.service, "endpoint", startMicros);
    const { address, port } = postNat.destination;
    // Manually written endpoints of a Service without selector, dialed by the Service's name or without any name.
    if (resolved === null) {
      // Anyone may write any address: without a name, that says something about the clients of one namespace.
      const namespace = source.type === "pod" || source.type === "ended-pod" ? source.pod.namespace : null;
      const behind = this.#index.services.behind(address, port).find((service) => service.namespace === namespace);
      return behind === undefined ? null : this.#ofService(behind, "endpoint", startMicros);
    }
    if (!isProven) return null;
    const parsed = this.#domain.parse(resolved.name);
    // Any cluster of the set may have served it: the workload in this cluster is only one possibility.
    if (parsed === null || resolved.chain.length > 0 || this.#domain.isInClusterSet(resolved.name)) return null;
    const service = this.#index.services.named(parsed.namespace, parsed.service);
    return service === null || service.externalName !== null ? null : this.#ofService(service, "name", startMicros);
  }

  /** A Service for a name in the cluster, even if it does not exist; an external end for other names. */
  #named(resolved: ResolvedName): FoundEnd {
    const parsed = this.#domain.parse(resolved.name);
    const leavesCluster = resolved.chain.some((name) => !this.#domain.contains(name));
    if (parsed === null || leavesCluster) return this.#outsideNamed(resolved);
    let end = this.#byName.get(resolved.name);
    if (end === undefined) {
      end = this.#service(parsed.namespace, parsed.service);
      this.#byName.set(resolved.name, end);
    }
    return end;
  }

  /** By the question, or the first name of its chain outside the cluster: ExternalName Services, `autopath` of CoreDNS. */
  #outsideNamed({ name, chain }: ResolvedName): FoundEnd {
    const outside = this.#domain.contains(name) ? chain.find((each) => !this.#domain.contains(each)) : undefined;
    return found(this.#external.named(outside ?? name), "name");
  }

  #withoutCluster(address: string, resolved: ResolvedName | null): FoundEnd {
    if (resolved === null) return this.#unresolved(address);
    return this.#named(resolved);
  }

  #pod(pod: PodRecord, rule: "pod" | "host_pod"): FoundEnd {
    return found(this.#index.workloadOf(pod), rule, pod.name);
  }

  #ofService(service: ServiceRecord, rule: EndRule, micros: number): FoundEnd {
    const { end, fromMicros, toMicros } = this.#index.endOfService(service, micros);
    return { end, rule, pod: null, fromMicros, toMicros };
  }

  /** Outside the cluster, without a name. */
  #at(address: string): FoundEnd {
    return found(this.#external.at(address), this.#external.cidrName(address) === null ? "outside" : "cidr");
  }

  /** An address in a pod range without a pod belongs to the node; if no pods can be read, its owner is unknown. */
  #inRange(node: string, address: string): FoundEnd {
    return this.#index.hasSeenPods ? this.#node(node) : this.#unresolved(address);
  }

  #node(name: string): FoundEnd {
    return this.#share(`node ${name}`, { type: "node", name }, "node");
  }

  #service(namespace: string, name: string): FoundEnd {
    return this.#share(`service ${namespace} ${name}`, { type: "service", namespace, name }, "name");
  }

  #unresolved(address: string): FoundEnd {
    let end = this.#byAddress.get(address);
    if (end === undefined) {
      end = found({ type: "unresolved", address }, "unknown");
      this.#byAddress.set(address, end);
    }
    return end;
  }

  #share(key: string, end: End, rule: EndRule): FoundEnd {
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const made = found(end, rule);
    this.#shared.set(key, made);
    return made;
  }
}
