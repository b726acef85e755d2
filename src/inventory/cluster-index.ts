import type { ClusterUpdate } from "../kubernetes/objects/cluster-event.ts";
import {
  type ClusterRecord,
  type PodRecord,
  recordKey,
  type ServiceRecord,
} from "../kubernetes/objects/kubernetes-objects.ts";
import type { Route } from "../model/address-range.ts";
import type { Workload } from "../model/interaction.ts";
import { AddressOwners, type StableOwner } from "./address-owners.ts";
import type { AddressOwner } from "./addresses/address-owner.ts";
import { prefixOf } from "./addresses/address-prefix.ts";
import { NodeAddresses } from "./addresses/node-addresses.ts";
import { PodAddresses } from "./addresses/pod-addresses.ts";
import { UpdateLag } from "./addresses/update-lag.ts";
import { EndedWorkloads } from "./ended-workloads.ts";
import { HostPods } from "./host-pods.ts";
import { KnownPods } from "./known-pods.ts";
import { NodeAgents } from "./node-agents.ts";
import { OwnerSpecs } from "./owner-specs.ts";
import { ServiceEnds, type SteadyEnd, targetOf } from "./service-ends.ts";
import { API_SERVER_KEY, Services } from "./services.ts";
import { WorkloadNames } from "./workload-name.ts";

const FOR_ALL_TIME = Number.NEGATIVE_INFINITY;

/**
 * The state of the cluster over time: the owner of an address at a time, the Services, the workload of a pod. Filled from
 * a file (`addTimeless`) and from watch events (`apply`), of a log or of the API server.
 */
export class ClusterIndex {
  readonly updateLag = new UpdateLag();
  readonly pods = new KnownPods();
  readonly addresses = new PodAddresses(this.updateLag, () => this.pods.all());
  readonly #workloads = new WorkloadNames((uid) => this.pods.withUid(uid));
  /** Keys of objects that updates report; a file does not overwrite them. */
  readonly #reportedByUpdates = new Set<string>();
  readonly hostPods = new HostPods();
  readonly ownerSpecs = new OwnerSpecs();
  readonly endedWorkloads = new EndedWorkloads();
  readonly services = new Services(this.updateLag);
  readonly nodes = new NodeAddresses();
  readonly agents = new NodeAgents();
  readonly #serviceEnds = new ServiceEnds(this.services, this.pods, this.addresses.ownership, this.#workloads);
  readonly #owners = new AddressOwners(this.addresses, this.nodes, this.services);
  /** Grows with every change, so that pending facts are checked again. */
  version = 0;
  /** True until the first object; every address is then unresolved. */
  isEmpty = true;
  /** True if updates will report the first object: as long as the index is empty, no owner is final. */
  isAwaited = false;
  /** False if no pod was ever reported: there are none, or reading them is forbidden. */
  hasSeenPods = false;
  /** True if updates report pods. An address near theirs that no pod has then belongs to no pod. */
  isWatchingPods = false;

  constructor() {
    this.pods.onForgotten((pod) => {
      this.hostPods.forget(pod);
      this.agents.forget(pod);
    });
  }

  /** Adds an object of a cluster file as valid for all time, unless updates report it. */
  addTimeless(record: ClusterRecord): void {
    if (!this.#reportedByUpdates.has(recordKey(record))) this.#put(record, FOR_ALL_TIME);
  }

  /** Announces that updates will report this object, so that `addTimeless` ignores it. */
  expectUpdates(record: ClusterRecord): void {
    this.#reportedByUpdates.add(recordKey(record));
  }

  /** Applies an update as of the time of its arrival. */
  apply({ type, object: record, timeMicros, untilMicros = timeMicros }: ClusterUpdate): void {
    if (type === "DELETED") {
      this.#reportedByUpdates.delete(recordKey(record));
      this.#remove(record, timeMicros, untilMicros);
    } else {
      this.#reportedByUpdates.add(recordKey(record));
      if (record.kind === "Pod" && !this.isWatchingPods) {
        this.isWatchingPods = true;
        this.version++;
      }
      this.#put(record, timeMicros);
    }
  }

  /**
   * The clock that dates updates and packets was set back: what is known now counts for all time. Otherwise packets would
   * belong to those who had the address when the clock last showed this time.
   */
  restart(): void {
    this.version++;
    this.addresses.restart([...this.pods.all()]);
    for (const part of [this.updateLag, this.hostPods, this.services, this.nodes, this.agents]) part.restart();
  }

  /** Sets the current addresses of this node's own interfaces. */
  setOwnAddresses(node: string, addresses: readonly string[]): void {
    if (this.nodes.setOwn(node, addresses)) this.version++;
  }

  /** Sets the current routes of this node. */
  setOwnRoutes(routes: readonly Route[]): void {
    if (this.addresses.routed.set(routes)) this.version++;
  }

  /** The owner of the address at that time, by the updates so far. `port` selects among Services that share an address. */
  ownerOf(address: string, timeMicros: number, port: number | null = null): AddressOwner {
    return this.#owners.at(address, timeMicros, port, this.version);
  }

  /** The owner, and the time for which it is certain by the updates so far; an empty interval if it depends on more. */
  stableOwnerOf(address: string): StableOwner {
    return this.#owners.stableAt(address, this.version);
  }

  /** Whether an address without a known owner may belong to a pod, judged by the addresses near it. */
  isNearCluster(address: string): boolean {
    return this.isNearPods(address) || this.nodes.isIn(prefixOf(address));
  }

  /** Whether pods have addresses in the same prefix. */
  isNearPods(address: string): boolean {
    return this.addresses.ownership.isIn(prefixOf(address));
  }

  workloadOf(pod: PodRecord): Workload {
    return this.#workloads.of(pod);
  }

  /** The pod that listens on a port of a node's address: declared in its spec, or an endpoint of a Service. */
  podOnNode(node: string, address: string, port: number, timeMicros: number): PodRecord | null {
    return this.hostPods.at(node, port, timeMicros) ?? this.#podBehindService(node, address, port, timeMicros);
  }

  #podBehindService(node: string, address: string, port: number, timeMicros: number): PodRecord | null {
    for (const service of this.services.behind(address, port)) {
      const endpoint = this.services.endpointAt(service, address, timeMicros);
      const pod = endpoint === null ? null : targetOf(endpoint, service, this.pods);
      // Other pods do not listen on an address of the node.
      if (pod !== null && pod.nodeName === node && pod.template?.isHostNetwork !== false) return pod;
    }
    return null;
  }

  /**
   * The end that a Service stands for: the only workload behind it, else the Service itself. With the time in which it is
   * the same.
   */
  endOfService(service: ServiceRecord, timeMicros: number): SteadyEnd {
    return this.#serviceEnds.at(service, timeMicros, this.version);
  }

  /** Whether the API server listens at the endpoint. */
  isApiServerEndpoint(address: string, port: number): boolean {
    return this.services.isBehind(API_SERVER_KEY, address, port);
  }

  /** Whether the API server has an endpoint at the address. */
  isApiServerAddress(address: string): boolean {
    return this.services.hasEndpoint(API_SERVER_KEY, address);
  }

  /**
   * Whether the pod is an endpoint of a Service with port 53, of its own namespace: Services select no other pods, and an
   * EndpointSlice that someone wrote may have any address.
   */
  servesDns({ namespace, addresses }: PodRecord): boolean {
    for (const address of addresses) if (this.services.servesDns(namespace, address)) return true;
    return false;
  }

  #put(record: ClusterRecord, timeMicros: number): void {
    // Neither changes an owner of an address, or a name.
    if (this.ownerSpecs.update(record) || (record.kind === "Pod" && this.pods.putReadiness(record))) return;
    this.version++;
    this.isEmpty = false;
    switch (record.kind) {
      case "Pod":
        this.#putPod(record, timeMicros);
        return;
      case "Service":
        this.services.update(record, timeMicros);
        return;
      case "EndpointSlice":
        this.services.updateSlice(record, timeMicros);
        return;
      case "Node":
        this.nodes.update(record);
        this.addresses.ranges.update(record);
        this.addresses.routed.updateNode(record);
        return;
      case "ReplicaSet":
      case "Job":
        this.#workloads.update(record);
        return;
    }
  }

  #putPod(pod: PodRecord, timeMicros: number): void {
    this.hasSeenPods = true;
    const old = this.pods.put(pod);
    // A watch normally reports at once that a pod was created, and that its deletion was requested.
    if (old === undefined && pod.nodeName === null) this.updateLag.observe(pod.createdMicros, timeMicros);
    if (old?.deletionRequestedMicros === null && pod.deletionRequestedMicros !== null) {
      this.updateLag.observe(pod.deletionRequestedMicros, timeMicros);
    }
    this.addresses.update(old, pod, timeMicros);
    this.hostPods.update(pod);
    this.agents.update(pod, timeMicros, old === undefined);
  }

  #remove(record: ClusterRecord, timeMicros: number, untilMicros: number): void {
    if (this.ownerSpecs.remove(record)) return;
    this.version++;
    switch (record.kind) {
      case "Pod":
        this.#removePod(record, timeMicros, untilMicros);
        return;
      case "Service":
        this.services.remove(record.namespace, record.name, timeMicros);
        return;
      case "EndpointSlice":
        this.services.removeSlice(record.namespace, record.name, timeMicros);
        return;
      case "Node":
        this.nodes.remove(record.name, timeMicros);
        this.addresses.ranges.remove(record.name);
        this.addresses.routed.removeNode(record.name);
        return;
      case "ReplicaSet":
      case "Job":
        this.#workloads.remove(record.uid);
        return;
    }
  }

  #removePod(pod: PodRecord, timeMicros: number, untilMicros: number): void {
    const old = this.pods.remove(pod, untilMicros);
    this.endedWorkloads.add(this.workloadOf(old ?? pod), (old ?? pod).template);
    this.addresses.remove(old, pod, timeMicros, untilMicros);
    this.agents.remove(pod, timeMicros);
    this.hostPods.remove(pod, timeMicros);
  }
}
