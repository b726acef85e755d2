import type { EndpointRecord, EndpointSliceRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import { ENDED_MICROS, OWNER_UPDATE_MICROS } from "../model/waiting-times.ts";
import type { UpdateLag } from "./addresses/update-lag.ts";

/** The interval in which one address is an endpoint of one Service, between the updates that add and remove it. */
export interface EndpointInterval extends EndpointRecord {
  /** Lists, not sets: they are short, and a list takes a tenth of the memory. */
  readonly ports: number[];
  /** Slices that contain the endpoint now. */
  readonly slices: string[];
  fromMicros: number;
  untilMicros: number;
}

/** Ended intervals kept for one Service, of the last minutes: an attempt is decided minutes after its first packet. */
const MAX_ENDED = 256;
/** The intervals of all Services are pruned after as many removed slices. */
const PRUNE_EVERY = 256;

/** Endpoints of Services over time, by Service (`namespace/name`) and by address. */
export class EndpointHistory {
  readonly #lag: UpdateLag;
  readonly #byService = new Map<string, Map<string, EndpointInterval>>();
  readonly #byAddress = new Map<string, Map<string, EndpointInterval>>();
  #removedSlices = 0;

  constructor(lag: UpdateLag) {
    this.#lag = lag;
  }

  /** Replaces the endpoints of the slice. */
  update(service: string, slice: EndpointSliceRecord, timeMicros: number): void {
    const intervals = this.#byService.get(service) ?? new Map<string, EndpointInterval>();
    this.#byService.set(service, intervals);
    if (intervals.size > 0) {
      this.#release(intervals, slice.name, new Set(slice.endpoints.map(({ address }) => address)), timeMicros);
    }
    for (const endpoint of slice.endpoints) {
      const interval = this.#intervalOf(service, intervals, endpoint, timeMicros);
      if (interval.slices.length === 0 && interval.untilMicros !== Number.POSITIVE_INFINITY) {
        interval.fromMicros = timeMicros;
      }
      interval.untilMicros = Number.POSITIVE_INFINITY;
      addOnce(interval.slices, slice.name);
      for (const port of slice.ports) addOnce(interval.ports, port);
    }
    this.#prune(service, intervals, timeMicros);
  }

  /** Removes the slice. */
  remove(service: string, slice: string, timeMicros: number): void {
    const intervals = this.#byService.get(service);
    if (intervals !== undefined) this.#release(intervals, slice, new Set(), timeMicros);
    if (++this.#removedSlices % PRUNE_EVERY !== 0) return;
    for (const [each, ended] of this.#byService) this.#prune(each, ended, timeMicros);
  }

  /** Forgets ended intervals; the others count for all time. */
  restart(): void {
    for (const [service, intervals] of this.#byService) {
      this.#prune(service, intervals, Number.POSITIVE_INFINITY);
      for (const interval of intervals.values()) interval.fromMicros = Number.NEGATIVE_INFINITY;
    }
  }

  /** Endpoints of the Service at that time, with those whose update arrived shortly after it. */
  of(service: string, timeMicros: number): EndpointInterval[] {
    const intervals = this.#byService.get(service);
    if (intervals === undefined) return [];
    return [...intervals.values()].filter((interval) => this.#isAt(interval, timeMicros));
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
    for (const interval of this.#byService.get(service)?.values() ?? []) {
      for (const change of [this.#earliestMicros(interval), interval.untilMicros]) {
        if (change <= timeMicros) fromMicros = Math.max(fromMicros, change);
        else toMicros = Math.min(toMicros, change);
      }
    }
    return { fromMicros, toMicros };
  }

  /** The latest interval in which the address is an endpoint of the Service, if it is kept. */
  interval(service: string, address: string): EndpointInterval | undefined {
    return this.#byService.get(service)?.get(address);
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
    intervals: Map<string, EndpointInterval>,
    endpoint: EndpointRecord,
    timeMicros: number,
  ): EndpointInterval {
    const { address } = endpoint;
    const known = intervals.get(address);
    if (known !== undefined && known.podUid === endpoint.podUid) return known;
    const interval = { ...endpoint, ports: [], slices: [], fromMicros: timeMicros, untilMicros: timeMicros };
    intervals.set(address, interval);
    const services = this.#byAddress.get(address) ?? new Map<string, EndpointInterval>();
    this.#byAddress.set(address, services.set(service, interval));
    return interval;
  }

  #release(
    intervals: ReadonlyMap<string, EndpointInterval>,
    slice: string,
    kept: ReadonlySet<string>,
    timeMicros: number,
  ): void {
    for (const interval of intervals.values()) {
      const at = kept.has(interval.address) ? -1 : interval.slices.indexOf(slice);
      if (at < 0) continue;
      interval.slices.splice(at, 1);
      if (interval.slices.length === 0) interval.untilMicros = timeMicros;
    }
  }

  /** Removes ended intervals: those that ended long ago, and the oldest of too many. */
  #prune(service: string, intervals: Map<string, EndpointInterval>, timeMicros: number): void {
    const ended = [...intervals.values()].filter(({ slices }) => slices.length === 0);
    ended.sort((a, b) => b.untilMicros - a.untilMicros);
    for (const [i, { address, untilMicros }] of ended.entries()) {
      if (i < MAX_ENDED && untilMicros >= timeMicros - ENDED_MICROS) continue;
      intervals.delete(address);
      const services = this.#byAddress.get(address);
      services?.delete(service);
      if (services?.size === 0) this.#byAddress.delete(address);
    }
    if (intervals.size === 0) this.#byService.delete(service);
  }
}

function addOnce<T>(list: T[], item: T): void {
  if (!list.includes(item)) list.push(item);
}
