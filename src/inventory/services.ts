import { TwoGenerationMap } from "../bounded/two-generation-map.ts";
import type { EndpointSliceRecord, ServiceRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import { EndpointIntervals, type EndpointTerm } from "./endpoint-intervals.ts";

const MAX_GONE = 4_096;
const NO_SERVICES: readonly ServiceRecord[] = [];

interface GoneService {
  readonly service: ServiceRecord;
  readonly untilMicros: number;
}

/** Services by every address and name under which they are dialled, and the endpoints behind them. */
export class Services {
  readonly #services = new Map<string, ServiceRecord>();
  readonly #slices = new Map<string, EndpointSliceRecord>();
  readonly #endpoints = new EndpointIntervals();
  /** Several Services may share an address, with different ports. */
  readonly #byAddress = new Map<string, readonly ServiceRecord[]>();
  /** Services that are gone: attempts are decided minutes after their first packet. */
  readonly #gone = new TwoGenerationMap<string, GoneService>(MAX_GONE);
  readonly #byNodePort = new Map<number, ServiceRecord>();
  /** Addresses of the endpoints of Services with port 53, found anew after a change. */
  #dnsServers: Set<string> | null = null;

  update(service: ServiceRecord, timeMicros: number): void {
    this.remove(service.namespace, service.name, timeMicros);
    this.#services.set(keyOf(service), service);
    for (const address of addressesOf(service)) {
      this.#byAddress.set(address, [...(this.#byAddress.get(address) ?? []), service]);
    }
    for (const port of service.nodePorts) this.#byNodePort.set(port, service);
  }

  remove(namespace: string, name: string, timeMicros: number): void {
    this.#dnsServers = null;
    const old = this.#services.get(`${namespace}/${name}`);
    if (old === undefined) return;
    this.#services.delete(keyOf(old));
    for (const address of addressesOf(old)) {
      const others = this.#byAddress.get(address)?.filter((service) => service !== old) ?? [];
      if (others.length > 0) this.#byAddress.set(address, others);
      else this.#byAddress.delete(address);
      this.#gone.set(address, { service: old, untilMicros: timeMicros });
    }
    for (const port of old.nodePorts) if (this.#byNodePort.get(port) === old) this.#byNodePort.delete(port);
  }

  updateSlice(slice: EndpointSliceRecord, timeMicros: number): void {
    const old = this.#slices.get(`${slice.namespace}/${slice.name}`);
    if (old !== undefined && old.serviceName !== slice.serviceName) {
      this.removeSlice(old.namespace, old.name, timeMicros);
    }
    this.#dnsServers = null;
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

  named(namespace: string, name: string): ServiceRecord | null {
    return this.#services.get(`${namespace}/${name}`) ?? null;
  }

  hasNamespace(namespace: string): boolean {
    for (const service of this.#services.values()) if (service.namespace === namespace) return true;
    return false;
  }

  /** Service that had this cluster, load balancer or external address then; where several share it, by its port. */
  atAddress(address: string, port: number | null, timeMicros: number): ServiceRecord | null {
    const services = this.#byAddress.get(address);
    if (services !== undefined) {
      return services.find(({ ports }) => port !== null && ports.includes(port)) ?? services[0] ?? null;
    }
    const gone = this.#gone.get(address);
    return gone !== undefined && timeMicros <= gone.untilMicros ? gone.service : null;
  }

  /** Whether it takes more than the address to know which Service it is: the port, or the time. */
  dependOnMore(address: string): boolean {
    return (this.#byAddress.get(address)?.length ?? 0) > 1 || this.#gone.get(address) !== undefined;
  }

  /** Service that takes this port at this address of its own, where the address is somebody else's too: a node's. */
  atExternalAddress(address: string, port: number): ServiceRecord | null {
    return this.#byAddress.get(address)?.find(({ ports }) => ports.includes(port)) ?? null;
  }

  atNodePort(port: number): ServiceRecord | null {
    return this.#byNodePort.get(port) ?? null;
  }

  /** Services that have, or lately had, `address` and `port` as an endpoint. */
  behind(address: string, port: number): readonly ServiceRecord[] {
    const terms = this.#endpoints.behind(address);
    if (terms === undefined) return NO_SERVICES;
    const found: ServiceRecord[] = [];
    for (const [name, { ports }] of terms) {
      const service = ports.includes(port) ? this.#services.get(name) : undefined;
      if (service !== undefined) found.push(service);
    }
    return found;
  }

  /** Whether `service` (`namespace/name`) has `address` and `port` as an endpoint. */
  isBehind(service: string, address: string, port: number): boolean {
    return this.#endpoints.term(service, address)?.ports.includes(port) ?? false;
  }

  /** Whether `service` (`namespace/name`) has, or lately had, an endpoint at `address`. */
  hasEndpoint(service: string, address: string): boolean {
    return this.#endpoints.term(service, address) !== undefined;
  }

  /** Whether the address answers DNS queries: it stands behind a Service with port 53. */
  servesDns(address: string): boolean {
    this.#dnsServers ??= this.#findDnsServers();
    return this.#dnsServers.has(address);
  }

  /** Endpoints that the Service had then. */
  endpoints(service: ServiceRecord, timeMicros: number): readonly EndpointTerm[] {
    return this.#endpoints.of(keyOf(service), timeMicros);
  }

  #findDnsServers(): Set<string> {
    const services = [...this.#services.values()].filter(({ servesDns }) => servesDns);
    const endpoints = services.flatMap((service) => this.endpoints(service, Number.MAX_VALUE));
    return new Set(endpoints.map(({ address }) => address));
  }
}

/** `namespace/name`. */
export function keyOf({ namespace, name }: ServiceRecord): string {
  return `${namespace}/${name}`;
}

function addressesOf({ clusterAddresses, externalAddresses }: ServiceRecord): readonly string[] {
  return [...clusterAddresses, ...externalAddresses];
}
