import type { AddressOwner } from "../inventory/addresses/address-owner.ts";
import type { ExternalNames } from "../inventory/addresses/external-names.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import { API_SERVER_END } from "../inventory/services.ts";
import type { ServiceRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import type { ResolvedName } from "../lookups/address-names.ts";
import type { ClusterNames } from "../lookups/cluster-names.ts";
import type { Connection } from "../model/connection.ts";
import type { End } from "../model/interaction.ts";

const MAX_SHARED_ENDS = 16_384;

/**
 * From whose address it was to the end that is drawn. One workload is one end on every path: by ClusterIP, headless,
 * pod address, node port, load balancer, ExternalName.
 */
export class Ends {
  readonly #index: ClusterIndex;
  readonly #names: ClusterNames;
  readonly #external: ExternalNames;
  readonly #shared = new Map<string, End>();

  constructor(index: ClusterIndex, names: ClusterNames, external: ExternalNames) {
    this.#index = index;
    this.#names = names;
    this.#external = external;
  }

  /** Who dialled or asked. */
  client(address: string, owner: AddressOwner, micros: number): End {
    if (this.#index.isEmpty) return this.#unresolved(address);
    switch (owner.type) {
      case "pod":
        return this.#index.workloadOf(owner.pod);
      case "ended-pod":
      case "ambiguous":
      case "unlisted":
        return this.#unresolved(address);
      case "node":
        return this.#node(owner.node);
      case "pod-range":
        return this.#inRange(owner.node, address);
      case "service":
        return this.#index.endOfService(owner.service, micros);
      case "outside":
        // A control plane of its own calls webhooks and the metrics API from where it is called.
        return this.#index.isApiServerAddress(address) ? API_SERVER_END : this.#external.at(address);
    }
  }

  /** Who served, or should have. `owner` is that of the destination after NAT, `dialled` that of the destination before NAT. */
  server(connection: Connection, owner: AddressOwner, dialled: AddressOwner, resolved: ResolvedName | null): End {
    const { address, port } = connection.postNat.destination;
    if (this.#index.isEmpty) return this.#withoutCluster(address, resolved);
    if (this.#index.isApiServerEndpoint(address, port)) return API_SERVER_END;
    switch (owner.type) {
      case "pod":
        return this.#index.workloadOf(owner.pod);
      case "ended-pod":
        // Nobody answered: it was the dead pod that was meant. Somebody did: it is not known who has the address now.
        return connection.outcome === "established" ? this.#unresolved(address) : this.#index.workloadOf(owner.pod);
      case "ambiguous":
        return this.#unresolved(address);
      case "node":
        return this.#onNode(owner.node, connection);
      case "pod-range":
        return this.#inRange(owner.node, address);
      case "service":
        return this.#atService(owner.service, connection);
      case "unlisted":
        return this.#behindService(connection, dialled, resolved) ?? this.#unresolved(address);
      case "outside":
        return this.#outside(connection, dialled, resolved);
    }
  }

  /** What a resolved name stood for then. `owner` is that of the address that it resolved to. */
  ofName(resolved: ResolvedName, address: string | undefined, owner: AddressOwner): End {
    if (this.#index.isEmpty) return this.#withoutCluster(address ?? "", resolved);
    const micros = resolved.answerMicros;
    const asked = this.#names.parse(resolved.name);
    const service = asked === null ? null : this.#index.services.named(asked.namespace, asked.service);
    if (service !== null && service.externalName === null) return this.#index.endOfService(service, micros);
    switch (owner.type) {
      case "pod":
        return this.#index.workloadOf(owner.pod);
      case "service":
        return this.#index.endOfService(owner.service, micros);
      case "node":
        return this.#node(owner.node);
      default:
        return this.#named(resolved);
    }
  }

  /** What a name that could not be resolved was meant for: an in-cluster name, else an external one. */
  ofUnknownName(name: string, micros: number): End {
    const asked = this.#names.parse(name);
    if (asked === null) return this.#external.named(name);
    const service = this.#index.services.named(asked.namespace, asked.service);
    if (service === null) return this.#service(asked.namespace, asked.service);
    const target = service.externalName;
    return target === null || this.#names.isInCluster(target)
      ? this.#index.endOfService(service, micros)
      : this.#external.named(target);
  }

  #onNode(node: string, { postNat, startMicros }: Connection): End {
    const { address, port } = postNat.destination;
    const pod = this.#index.podOnNode(node, address, port, startMicros);
    if (pod !== null) return this.#index.workloadOf(pod);
    const { services } = this.#index;
    const service = services.atNodePort(port) ?? services.atExternalAddress(address, port);
    return service === null ? this.#node(node) : this.#index.endOfService(service, startMicros);
  }

  /** The Service; but what answers on a port that it does not take is the node, which has the address on an interface. */
  #atService(service: ServiceRecord, connection: Connection): End {
    const { address, port } = connection.postNat.destination;
    const node = this.#index.nodes.ownAt(address);
    const isNode = node?.type === "node" && connection.outcome === "established" && !service.ports.includes(port);
    return isNode ? this.#onNode(node.node, connection) : this.#index.endOfService(service, connection.startMicros);
  }

  #outside(connection: Connection, dialled: AddressOwner, resolved: ResolvedName | null): End {
    const { address } = connection.postNat.destination;
    const service = this.#behindService(connection, dialled, resolved);
    if (service !== null) return service;
    if (resolved !== null) return this.#named(resolved);
    if (this.#index.isApiServerAddress(address)) return API_SERVER_END;
    // A file tells of the pods of one moment only.
    const mayBePod = !this.#index.isWatchingPods && this.#index.isNearPods(address);
    return mayBePod && this.#external.cidrName(address) === null
      ? this.#unresolved(address)
      : this.#external.at(address);
  }

  /** The Service whose endpoint it was, going by what was dialled, by its name, or by the endpoints that are known. */
  #behindService(
    { postNat, startMicros }: Connection,
    dialled: AddressOwner,
    resolved: ResolvedName | null,
  ): End | null {
    if (dialled.type === "service") return this.#index.endOfService(dialled.service, startMicros);
    const { address, port } = postNat.destination;
    // Endpoints of a Service without selector, written by hand: dialled by a name that is the Service's, or by none.
    const [behind] = this.#index.services.behind(address, port);
    if (resolved === null) return behind === undefined ? null : this.#index.endOfService(behind, startMicros);
    const asked = this.#names.parse(resolved.name);
    // A service of several clusters is served by any of them: its workload here is only one of those that may have.
    if (asked === null || resolved.chain.length > 0 || this.#names.isInClusterSet(resolved.name)) return null;
    const service = this.#index.services.named(asked.namespace, asked.service);
    return service === null || service.externalName !== null ? null : this.#index.endOfService(service, startMicros);
  }

  /** An in-cluster name of a Service that is not there is that Service all the same; other names lie outside. */
  #named(resolved: ResolvedName): End {
    const asked = this.#names.parse(resolved.name);
    const leavesCluster = resolved.chain.some((name) => !this.#names.isInCluster(name));
    if (asked === null || leavesCluster) return this.#external.named(this.#outsideName(resolved));
    return this.#service(asked.namespace, asked.service);
  }

  /** The question, or the first name behind it that lies outside the cluster: of ExternalName Services and `autopath`. */
  #outsideName(resolved: ResolvedName): string {
    if (!this.#names.isInCluster(resolved.name)) return resolved.name;
    return resolved.chain.find((name) => !this.#names.isInCluster(name)) ?? resolved.name;
  }

  #withoutCluster(address: string, resolved: ResolvedName | null): End {
    if (resolved === null) return this.#unresolved(address);
    return this.#named(resolved);
  }

  /** An address of a pod range that no pod has is the node's; where no pod is known, as none may be read, it is nobody's. */
  #inRange(node: string, address: string): End {
    return this.#index.hasSeenPods ? this.#node(node) : this.#unresolved(address);
  }

  #node(name: string): End {
    return this.#share(`node ${name}`, { type: "node", name });
  }

  #service(namespace: string, name: string): End {
    return this.#share(`service ${namespace} ${name}`, { type: "service", namespace, name });
  }

  #unresolved(address: string): End {
    return this.#share(`unresolved ${address}`, { type: "unresolved", address });
  }

  #share(key: string, end: End): End {
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    if (this.#shared.size >= MAX_SHARED_ENDS) this.#shared.clear();
    this.#shared.set(key, end);
    return end;
  }
}
