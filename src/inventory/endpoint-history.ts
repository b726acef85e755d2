import type { EndpointRecord, EndpointSliceRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import { ENDED_MICROS, OWNER_UPDATE_MICROS } from "../model/waiting-times.ts";
import type { UpdateLag } from "./addresses/update-lag.ts";

/** A slice, by its latest update. Its endpoints share it: each of them has all of its ports, and there may be thousands. */
class Slice {
  endpoints: readonly EndpointRecord[] = [];
  #ports: ReadonlySet<number> = new Set();
  /** Those before the last change. */
  #formerPorts: ReadonlySet<number> = this.#ports;

  update({ endpoints, ports }: EndpointSliceRecord): void {
    this.endpoints = endpoints;
    const updated = new Set(ports);
    if (updated.size === this.#ports.size && ports.every((port) => this.#ports.has(port))) return;
    this.#formerPorts = this.#ports;
    this.#ports = updated;
  }

  /** Whether it has, or recently had, the port. */
  has(port: number): boolean {
    return this.#ports.has(port) || this.#formerPorts.has(port);
  }
}

/** The interval in which one address is an endpoint of one Service, between the updates that add and remove it. */
export interface EndpointInterval extends EndpointRecord {
  /** Slices that contain the endpoint now; after its end, the last one that did. */
  readonly slices: Slice[];
  /** The last slice that contained it and no longer does, while another one does. */
  formerSlice: Slice | null;
  fromMicros: number;
  untilMicros: number;
}

/** Whether the endpoint has, or recently had, the port. */
export function isOnPort({ slices, formerSlice }: EndpointInterval, port: number): boolean {
  return formerSlice?.has(port) === true || slices.some((slice) => slice.has(port));
}

interface ServiceEndpoints {
  readonly byAddress: Map<string, EndpointInterval>;
  /** Those that have ended, the oldest end first. */
  readonly ended: Set<EndpointInterval>;
}

/** Ended intervals kept for one Service, of the last minutes: an attempt is decided minutes after its first packet. */
const MAX_ENDED = 256;
/** The intervals of all Services are pruned after as many removed slices. */
const PRUNE_EVERY = 256;

/** Endpoints of Services over time, by Service (`namespace/name`) and by address. The work for an update grows with the endpoints and ports of its slice. */
export class EndpointHistory {
  readonly #lag: UpdateLag;
  readonly #slices = new Map<string, Slice>();
  readonly #byService = new Map<string, ServiceEndpoints>();
  readonly #byAddress = new Map<string, Map<string, EndpointInterval>>();
  #removedSlices = 0;

  constructor(lag: UpdateLag) {
    this.#lag = lag;
  }

  /** Replaces the endpoints of the slice. */
  update(service: string, record: EndpointSliceRecord, timeMicros: number): void {
    const known = this.#byService.get(service) ?? { byAddress: new Map(), ended: new Set() };
    this.#byService.set(service, known);
    const key = sliceKey(service, record.name);
    const slice = this.#slices.get(key) ?? new Slice();
    this.#slices.set(key, slice);
    if (slice.endpoints.length > 0) {
      this.#release(known, slice, new Set(record.endpoints.map(({ address }) => address)), timeMicros);
    }
    slice.update(record);
    for (const endpoint of record.endpoints) {
      const interval = this.#intervalOf(service, known, endpoint, timeMicros);
      if (hasEnded(interval)) {
        interval.fromMicros = timeMicros;
        interval.untilMicros = Number.POSITIVE_INFINITY;
        interval.slices.length = 0;
        interval.formerSlice = null;
        known.ended.delete(interval);
      }
      if (!interval.slices.includes(slice)) interval.slices.push(slice);
    }
    this.#prune(service, known, timeMicros);
  }

  /** Removes the slice. */
  remove(service: string, slice: string, timeMicros: number): void {
    const known = this.#byService.get(service);
    const key = sliceKey(service, slice);
    const removed = this.#slices.get(key);
    if (known !== undefined && removed !== undefined) {
      this.#release(known, removed, new Set(), timeMicros);
      // Ended endpoints go on referring to the slice for its ports.
      removed.endpoints = [];
    }
    this.#slices.delete(key);
    if (++this.#removedSlices % PRUNE_EVERY !== 0) return;
    for (const [each, endpoints] of this.#byService) this.#prune(each, endpoints, timeMicros);
  }

  /** Forgets ended intervals; the others count for all time. */
  restart(): void {
    for (const [service, known] of this.#byService) {
      this.#prune(service, known, Number.POSITIVE_INFINITY);
      for (const interval of known.byAddress.values()) interval.fromMicros = Number.NEGATIVE_INFINITY;
    }
  }

  /** Endpoints of the Service at that time, with those whose update arrived shortly after it. */
  of(service: string, timeMicros: number): EndpointInterval[] {
    const known = this.#byService.get(service);
    if (known === undefined) return [];
    return [...known.byAddress.values()].filter((interval) => this.#isAt(interval, timeMicros));
  }

  /** The one of them with this address; null without one. */
  at(service: string, address: string, timeMicros: number): EndpointInterval | null {
    const interval = this.interval(service, address);
    return interval !== undefined && this.#isAt(interval, timeMicros) ? interval : null;
  }

  /** The time around `timeMicros` in which the Service has the same endpoints, by the updates so far. */
  steadyAround(service: string, timeMicros: number): { readonly fromMicros: number; readonly toMicros: number } {
    let fromMicros = Number.NEGATIVE_INFINITY;
    let toMicros = Number.POSITIVE_INFINITY;
    for (const interval of this.#byService.get(service)?.byAddress.values() ?? []) {
      for (const change of [this.#earliestMicros(interval), interval.untilMicros]) {
        if (change <= timeMicros) fromMicros = Math.max(fromMicros, change);
        else toMicros = Math.min(toMicros, change);
      }
    }
    return { fromMicros, toMicros };
  }

  /** The latest interval in which the address is an endpoint of the Service, if it is kept. */
  interval(service: string, address: string): EndpointInterval | undefined {
    return this.#byService.get(service)?.byAddress.get(address);
  }

  /** The latest interval of each Service that has, or recently had, the address as an endpoint. */
  behind(address: string): ReadonlyMap<string, EndpointInterval> | undefined {
    return this.#byAddress.get(address);
  }

  #isAt(interval: EndpointInterval, timeMicros: number): boolean {
    return this.#earliestMicros(interval) <= timeMicros && timeMicros < interval.untilMicros;
  }

  #earliestMicros({ fromMicros }: EndpointInterval): number {
    return this.#lag.unreadSince(fromMicros) - OWNER_UPDATE_MICROS;
  }

  /** The interval of the endpoint, a new one if another pod had the address before. */
  #intervalOf(
    service: string,
    { byAddress, ended }: ServiceEndpoints,
    endpoint: EndpointRecord,
    timeMicros: number,
  ): EndpointInterval {
    const { address } = endpoint;
    const known = byAddress.get(address);
    if (known !== undefined) {
      if (known.podUid === endpoint.podUid) return known;
      ended.delete(known);
    }
    const none = { slices: [], formerSlice: null };
    const interval = { ...endpoint, ...none, fromMicros: timeMicros, untilMicros: timeMicros };
    byAddress.set(address, interval);
    const services = this.#byAddress.get(address) ?? new Map<string, EndpointInterval>();
    this.#byAddress.set(address, services.set(service, interval));
    return interval;
  }

  /** The slice no longer has its endpoints, apart from the kept ones. */
  #release({ byAddress, ended }: ServiceEndpoints, slice: Slice, kept: ReadonlySet<string>, timeMicros: number): void {
    for (const { address } of slice.endpoints) {
      const interval = kept.has(address) ? undefined : byAddress.get(address);
      const at = interval?.slices.indexOf(slice) ?? -1;
      if (interval === undefined || at < 0 || hasEnded(interval)) continue;
      if (interval.slices.length > 1) {
        interval.slices.splice(at, 1);
        interval.formerSlice = slice;
      } else {
        interval.untilMicros = timeMicros;
        ended.add(interval);
      }
    }
  }

  /** Removes ended intervals: those that ended long ago, and the oldest of too many. */
  #prune(service: string, { byAddress, ended }: ServiceEndpoints, timeMicros: number): void {
    for (const interval of ended) {
      if (ended.size <= MAX_ENDED && interval.untilMicros >= timeMicros - ENDED_MICROS) break;
      const { address } = interval;
      ended.delete(interval);
      byAddress.delete(address);
      const services = this.#byAddress.get(address);
      services?.delete(service);
      if (services?.size === 0) this.#byAddress.delete(address);
    }
    if (byAddress.size === 0) this.#byService.delete(service);
  }
}

function hasEnded({ untilMicros }: EndpointInterval): boolean {
  return untilMicros !== Number.POSITIVE_INFINITY;
}

function sliceKey(service: string, slice: string): string {
  return `${service} ${slice}`;
}
