import { TwoGenerationMap } from "../bounded/two-generation-map.ts";
import type { ClusterUpdate } from "../kubernetes/objects/cluster-event.ts";
import {
  type ClusterRecord,
  type EndpointRecord,
  type PodRecord,
  recordKey,
  type ServiceRecord,
} from "../kubernetes/objects/kubernetes-objects.ts";
import type { End, Workload } from "../model/interaction.ts";
import { AddressOwners } from "./address-owners.ts";
import type { AddressOwner } from "./addresses/address-owner.ts";
import { prefixOf } from "./addresses/address-prefix.ts";
import { NodeAddresses } from "./addresses/node-addresses.ts";
import { PodAddresses } from "./addresses/pod-addresses.ts";
import { UpdateLag } from "./addresses/update-lag.ts";
import { Agents } from "./agents.ts";
import { API_SERVER, API_SERVER_SERVICE, isApiServer } from "./api-server.ts";
import { HostPods } from "./host-pods.ts";
import { Services } from "./services.ts";
import { isSameWorkload, WorkloadNames } from "./workload-name.ts";

const MAX_GONE_PODS = 1_024;

const FOR_ALL_TIME = Number.NEGATIVE_INFINITY;

/**
 * What is known of the cluster: whose an address was at a time, which Service it is, which workload a pod belongs to.
 * Fed by a file (`addTimeless`) and by watch events (`apply`), from a log or from the API server.
 */
export class ClusterIndex {
  readonly updateLag = new UpdateLag();
  readonly #addresses = new PodAddresses(this.updateLag, () => this.#pods.values());
  readonly #workloads = new WorkloadNames((uid) => this.#podNamed(uid));
  readonly #pods = new Map<string, PodRecord>();
  /** Pods that are gone: attempts are decided minutes after their first packet. */
  readonly #gonePods = new TwoGenerationMap<string, PodRecord>(MAX_GONE_PODS);
  readonly #hostPods = new HostPods();
  readonly #namedByEvents = new Set<string>();
  readonly services = new Services();
  readonly nodes = new NodeAddresses();
  readonly agents = new Agents();
  readonly #owners = new AddressOwners(this.#addresses, this.nodes, this.services);
  /** Grows with every change: what waits for news looks again. */
  version = 0;
  /** False until anything is known: then every address stays unresolved. */
  isEmpty = true;
  /** False where no pod was ever told of: there may be none, or none may be read. */
  knowsPods = false;
  /** True where pods are told of as they come and go: an address beside theirs that none has is then not a pod's. */
  areWatched = false;

  /** Adds an object of a cluster file, as valid for all time, unless events have named it. */
  addTimeless(record: ClusterRecord): void {
    if (!this.#namedByEvents.has(recordKey(record))) this.#put(record, FOR_ALL_TIME);
  }

  /** Says that events will tell of this object: what a file says of it does not count. */
  expectEvents(record: ClusterRecord): void {
    this.#namedByEvents.add(recordKey(record));
  }

  /** Applies news of an object at the time of its arrival. */
  apply({ type, object: record, timeMicros, untilMicros = timeMicros }: ClusterUpdate): void {
    if (type === "DELETED") {
      this.#namedByEvents.delete(recordKey(record));
      this.#remove(record, timeMicros, untilMicros);
    } else {
      this.#namedByEvents.add(recordKey(record));
      this.areWatched ||= record.kind === "Pod";
      this.#put(record, timeMicros);
    }
  }

  /** Addresses of this node's own interfaces, as they are now. */
  setOwnAddresses(node: string, addresses: readonly string[]): void {
    if (this.nodes.setOwn(node, addresses)) this.version++;
  }

  /** Whose the address was at that time, as far as the news has come; `port` tells Services with one address apart. */
  ownerOf(address: string, timeMicros: number, port: number | null = null): AddressOwner {
    return this.#owners.at(address, timeMicros, port, this.version);
  }

  /** Whether an address that nobody is known to hold may be a pod's all the same, going by its neighbours. */
  isNearCluster(address: string): boolean {
    return this.isNearPods(address) || this.nodes.isIn(prefixOf(address));
  }

  /** Whether pods have addresses beside this one. */
  isNearPods(address: string): boolean {
    return this.#addresses.ownership.isIn(prefixOf(address));
  }

  workloadOf(pod: PodRecord): Workload {
    return this.#workloads.of(pod);
  }

  /** The pod that serves a port of a node's address: which its spec names, or which stands there behind a Service. */
  podOnNode(node: string, address: string, port: number, timeMicros: number): PodRecord | null {
    return this.#hostPods.naming(node, port, timeMicros) ?? this.#podBehindService(address, port, timeMicros);
  }

  #podBehindService(address: string, port: number, timeMicros: number): PodRecord | null {
    for (const service of this.services.behind(address, port)) {
      for (const endpoint of this.services.endpoints(service, timeMicros)) {
        if (endpoint.address !== address || endpoint.podUid === null) continue;
        const pod = this.#podNamed(endpoint.podUid);
        if (pod !== undefined) return pod;
      }
    }
    return null;
  }

  /**
   * The one workload behind a Service then; null when there was none, or several. A pod that is not known (yet, or any
   * more) says nothing: lists of pods and of slices are not made at one moment.
   */
  workloadBehind(service: ServiceRecord, timeMicros: number): Workload | null {
    let only: Workload | null = null;
    for (const endpoint of this.services.endpoints(service, timeMicros)) {
      const pod = this.#podOf(endpoint, timeMicros);
      if (pod === null) continue;
      const workload = this.#workloads.of(pod);
      if (only !== null && !isSameWorkload(only, workload)) return null;
      only = workload;
    }
    return only;
  }

  /** An endpoint written by hand names no pod, but may have the address of one. */
  #podOf({ address, podUid }: EndpointRecord, timeMicros: number): PodRecord | null {
    const pod = podUid === null ? undefined : this.#podNamed(podUid);
    if (pod !== undefined) return pod;
    const owner = this.#addresses.ownership.at(address, timeMicros);
    const isIts = owner?.type === "pod" && (podUid === null || owner.pod.uid === podUid);
    return isIts ? owner.pod : null;
  }

  /** The end that a Service is: the one workload behind it, else the Service itself. */
  endOfService(service: ServiceRecord, timeMicros: number): End {
    if (isApiServer(service)) return API_SERVER;
    const workload = this.workloadBehind(service, timeMicros);
    if (workload !== null) return workload;
    // Who dials a service of several clusters knows it by that name, not by the one of the Service that stands in for it.
    return { type: "service", namespace: service.namespace, name: service.importName ?? service.name };
  }

  /** Whether the endpoint is the API server's, which is the Service `kubernetes` in `default` on every path. */
  isApiServerEndpoint(address: string, port: number): boolean {
    return this.services.isBehind(API_SERVER_SERVICE, address, port);
  }

  /** Whether the API server has an endpoint at the address. */
  isApiServerAddress(address: string): boolean {
    return this.services.hasEndpoint(API_SERVER_SERVICE, address);
  }

  /** Whether the pod answers DNS queries for others: it stands behind a Service with port 53. */
  servesDns(pod: PodRecord): boolean {
    for (const address of pod.addresses) if (this.services.servesDns(address)) return true;
    return false;
  }

  #podNamed(uid: string): PodRecord | undefined {
    return this.#pods.get(uid) ?? this.#gonePods.get(uid);
  }

  #put(record: ClusterRecord, timeMicros: number): void {
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
        this.#addresses.ranges.update(record);
        return;
      case "ReplicaSet":
      case "Job":
        this.#workloads.update(record);
        return;
    }
  }

  #putPod(pod: PodRecord, timeMicros: number): void {
    this.knowsPods = true;
    const old = this.#pods.get(pod.uid);
    this.#pods.set(pod.uid, pod);
    // A watch tells at once that a pod was made, and that its end was asked for; or it is late.
    if (old === undefined && pod.nodeName === null) this.updateLag.told(pod.createdMicros, timeMicros);
    if (old?.endAskedMicros === null && pod.endAskedMicros !== null)
      this.updateLag.told(pod.endAskedMicros, timeMicros);
    this.#addresses.update(old, pod, timeMicros);
    this.#hostPods.update(pod);
    this.agents.update(pod, timeMicros);
  }

  #remove(record: ClusterRecord, timeMicros: number, untilMicros: number): void {
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
        this.#addresses.ranges.remove(record.name);
        return;
      case "ReplicaSet":
      case "Job":
        this.#workloads.remove(record.uid);
        return;
    }
  }

  #removePod(pod: PodRecord, timeMicros: number, untilMicros: number): void {
    const known = this.#pods.get(pod.uid);
    this.#addresses.remove(known, pod, timeMicros, untilMicros);
    this.#gonePods.set(pod.uid, known ?? pod);
    this.#pods.delete(pod.uid);
    this.agents.remove(pod, timeMicros);
    this.#hostPods.remove(pod, timeMicros);
  }
}
