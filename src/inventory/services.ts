import { GenerationalCache } from "../bounded/generational-cache.ts";
import type { EndpointSliceRecord, ServiceRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import type { End } from "../model/interaction.ts";
import { ENDED_MICROS } from "../model/waiting-times.ts";
import type { UpdateLag } from "./addresses/update-lag.ts";
import { EndpointHistory, type EndpointInterval, isOnPort } from "./endpoint-history.ts";
import { SharedAddress } from "./shared-address.ts";

/** The API server is drawn as this Service, however a client reaches it. */
export const API_SERVER_END: End = { type: "service", namespace: "default", name: "kubernetes" };
export const API_SERVER_KEY = "default/kubernetes";

const MAX_DELETED = 4_096;
const NO_SERVICES: readonly ServiceRecord[] = [];

interface DeletedService {
  readonly service: ServiceRecord;
  readonly untilMicros: number;
}

/** Services by every address and name that reaches them, and their endpoints over time. */
export class Services {
  readonly #services = new Map<string, ServiceRecord>();
  readonly #slices = new Map<string, EndpointSliceRecord>();
  readonly #endpoints: EndpointHistory;
  /** Several Services may share one address with different ports. The API server gives each cluster address to one only. */
  readonly #byClusterAddress = new Map<string, SharedAddress>();
  readonly #byBalancerAddress = new Map<string, SharedAddress>();
  readonly #byClaimedAddress = new Map<string, SharedAddress>();
  /** Deleted Services by address: an attempt is decided minutes after its first packet. */
  readonly #deleted = new GenerationalCache<string, DeletedService>(MAX_DELETED, { maxAgeMicros: ENDED_MICROS });
  readonly #byNodePort = new Map<number, ServiceRecord>();
  /** Services that implement a ServiceImport. */
  readonly #implementing = new Set<ServiceRecord>();
  /** Endpoint addresses of Services with port 53, with the namespaces of these; null: to be collected after a change. */
  #dnsServers: Map<string, Set<string>> | null = null;

  /** Whether any endpoints were ever reported: what the Services have behind them is known. */
  hasSlices = false;

  constructor(lag: UpdateLag) {
    this.#endpoints = new EndpointHistory(lag);
  }

  update(service: ServiceRecord, timeMicros: number): void {
    this.remove(service.namespace, service.name, timeMicros);
    this.#services.set(serviceKey(service), service);
    for (const address of service.clusterAddresses) addAt(this.#byClusterAddress, address, service);
    for (const address of service.balancerAddresses) addAt(this.#byBalancerAddress, address, service);
    for (const address of service.claimedAddresses) addAt(this.#byClaimedAddress, address, service);
    for (const port of service.nodePorts) this.#byNodePort.set(port, service);
    if (service.importName !== null) this.#implementing.add(service);
  }

  remove(namespace: string, name: string, timeMicros: number): void {
    this.#dnsServers = null;
    const old = this.#services.get(`${namespace}/${name}`);
    if (old === undefined) return;
    this.#deleted.advance(timeMicros);
    this.#services.delete(serviceKey(old));
    this.#implementing.delete(old);
    for (const address of old.clusterAddresses) deleteAt(this.#byClusterAddress, address, old);
    for (const address of old.balancerAddresses) deleteAt(this.#byBalancerAddress, address, old);
    for (const address of old.claimedAddresses) deleteAt(this.#byClaimedAddress, address, old);
    for (const address of [...old.clusterAddresses, ...old.balancerAddresses]) {
      this.#deleted.set(address, { service: old, untilMicros: timeMicros });
    }
    for (const port of old.nodePorts) if (this.#byNodePort.get(port) === old) this.#byNodePort.delete(port);
  }

  updateSlice(slice: EndpointSliceRecord, timeMicros: number): void {
    const old = this.#slices.get(`${slice.namespace}/${slice.name}`);
    if (old !== undefined && old.serviceName !== slice.serviceName) {
      this.removeSlice(old.namespace, old.name, timeMicros);
    }
    this.#dnsServers = null;
    this.hasSlices = true;
    this.#slices.set(`${slice.namespace}/${slice.name}`, slice);
    this.#endpoints.update(`${slice.namespace}/${slice.serviceName}`, slice, timeMicros);
  }

  removeSlice(namespace: string, name: string, timeMicros: number): void {
    const old = this.#slices.get(`${namespace}/${name}`);
    if (old === undefined) return;
    this.#dnsServers = null;
    this.#slices.delete(`${namespace}/${name}`);
    this.#endpoints.remove(`${namespace}/${old.serviceName}`, name, timeMicros);
  }

  /** Forgets deleted Services and ended endpoints; the others count for all time. */
  restart(): void {
    this.#deleted.clear();
    this.#endpoints.restart();
  }

  named(namespace: string, name: string): ServiceRecord | null {
    return this.#services.get(`${namespace}/${name}`) ?? null;
  }

  all(): Iterable<ServiceRecord> {
    return this.#services.values();
  }

  /** By its own name, or by that of the ServiceImport that it implements. */
  withName(namespace: string, name: string): ServiceRecord | null {
    return this.named(namespace, name) ?? this.implementing(namespace, name);
  }

  /** The Service that implements the ServiceImport here. */
  implementing(namespace: string, importName: string): ServiceRecord | null {
    for (const service of this.#implementing)
      if (service.namespace === namespace && service.importName === importName) return service;
    return null;
  }

  hasNamespace(namespace: string): boolean {
    for (const service of this.#services.values()) if (service.namespace === namespace) return true;
    return false;
  }

  /** The Service with this cluster or load balancer address at that time; `port` selects among several. */
  atAddress(address: string, port: number | null, timeMicros: number): ServiceRecord | null {
    const [cluster, balancer] = [this.#byClusterAddress.get(address), this.#byBalancerAddress.get(address)];
    const withPort = port === null ? null : (cluster?.on(port) ?? balancer?.on(port));
    const current = withPort ?? cluster?.first ?? balancer?.first;
    if (current !== undefined) return current;
    const deleted = this.#deleted.get(address);
    return deleted !== undefined && timeMicros <= deleted.untilMicros ? deleted.service : null;
  }

  /** Whether the address alone does not determine the Service. */
  needsPortOrTime(address: string): boolean {
    const [cluster, balancer] = [this.#byClusterAddress.get(address), this.#byBalancerAddress.get(address)];
    const isClaimed = this.#byClaimedAddress.has(address);
    return isClaimed || (cluster?.size ?? 0) + (balancer?.size ?? 0) > 1 || this.#deleted.get(address) !== undefined;
  }

  /**
   * The Service with this port that claims the address. Anyone who may write Services may claim any address, also of
   * others: nodes redirect the port to its endpoints, and nothing else at the address is the Service's.
   */
  claimedAt(address: string, port: number): ServiceRecord | null {
    return this.#byClaimedAddress.get(address)?.on(port) ?? null;
  }

  /** The Service with this port at an address that is also a node's. */
  atBalancerAddress(address: string, port: number): ServiceRecord | null {
    return this.#byBalancerAddress.get(address)?.on(port) ?? null;
  }

  atNodePort(port: number): ServiceRecord | null {
    return this.#byNodePort.get(port) ?? null;
  }

  /** Services that have, or recently had, `address` and `port` as an endpoint. */
  behind(address: string, port: number): readonly ServiceRecord[] {
    const intervals = this.#endpoints.behind(address);
    if (intervals === undefined) return NO_SERVICES;
    const found: ServiceRecord[] = [];
    for (const [name, interval] of intervals) {
      const service = isOnPort(interval, port) ? this.#services.get(name) : undefined;
      if (service !== undefined) found.push(service);
    }
    return found;
  }

  /** Whether `service` (`namespace/name`) has `address` and `port` as an endpoint. */
  isBehind(service: string, address: string, port: number): boolean {
    const interval = this.#endpoints.interval(service, address);
    return interval !== undefined && isOnPort(interval, port);
  }

  /** Whether `service` (`namespace/name`) has, or recently had, an endpoint at `address`. */
  hasEndpoint(service: string, address: string): boolean {
    return this.#endpoints.interval(service, address) !== undefined;
  }

  /** Whether the address is an endpoint of a Service of the namespace with port 53. */
  servesDns(namespace: string, address: string): boolean {
    this.#dnsServers ??= this.#findDnsServers();
    return this.#dnsServers.get(address)?.has(namespace) === true;
  }

  /** The endpoint of the Service at the address at that time, which is found without a look at the others. */
  endpointAt(service: ServiceRecord, address: string, timeMicros: number): EndpointInterval | null {
    return this.#endpoints.at(serviceKey(service), address, timeMicros);
  }

  /** Endpoints of the Service at that time. */
  endpoints(service: ServiceRecord, timeMicros: number): readonly EndpointInterval[] {
    return this.#endpoints.of(serviceKey(service), timeMicros);
  }

  /** The time around `timeMicros` in which these are its endpoints. */
  steadyAround(service: ServiceRecord, timeMicros: number): { readonly fromMicros: number; readonly toMicros: number } {
    return this.#endpoints.steadyAround(serviceKey(service), timeMicros);
  }

  #findDnsServers(): Map<string, Set<string>> {
    const found = new Map<string, Set<string>>();
    for (const service of this.#services.values()) {
      if (!service.servesDns) continue;
      for (const { address } of this.endpoints(service, Number.MAX_VALUE)) {
        found.set(address, (found.get(address) ?? new Set<string>()).add(service.namespace));
      }
    }
    return found;
  }
}

/** `namespace/name`. */
export function serviceKey({ namespace, name }: ServiceRecord): string {
  return `${namespace}/${name}`;
}

function addAt(byAddress: Map<string, SharedAddress>, address: string, service: ServiceRecord): void {
  const shared = byAddress.get(address);
  if (shared === undefined) byAddress.set(address, new SharedAddress(service));
  else shared.add(service);
}

function deleteAt(byAddress: Map<string, SharedAddress>, address: string, service: ServiceRecord): void {
  const shared = byAddress.get(address);
  shared?.delete(service);
  if (shared?.size === 0) byAddress.delete(address);
}

export function isApiServer(service: ServiceRecord): boolean {
  return serviceKey(service) === API_SERVER_KEY;
}
