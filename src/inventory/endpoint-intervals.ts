import type { EndpointRecord, EndpointSliceRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import { OWNER_UPDATE_MICROS } from "../model/waiting-times.ts";

/** One address behind one Service, from the news of it to the news of its end. */
export interface EndpointTerm extends EndpointRecord {
  /** Few, as the slices are: a list costs a tenth of a set. */
  readonly ports: number[];
  /** Slices that name it now. */
  readonly slices: string[];
  fromMicros: number;
  untilMicros: number;
}

/** Ended terms of one Service that are remembered: attempts are decided minutes after their first packet. */
const MAX_ENDED = 256;

/** Endpoints of Services over time, by Service (`namespace/name`) and by address. */
export class EndpointIntervals {
  readonly #byService = new Map<string, Map<string, EndpointTerm>>();
  readonly #byAddress = new Map<string, Map<string, EndpointTerm>>();

  /** The slice names these endpoints now, and none that it had named before. */
  update(service: string, slice: EndpointSliceRecord, timeMicros: number): void {
    const terms = this.#byService.get(service) ?? new Map<string, EndpointTerm>();
    this.#byService.set(service, terms);
    if (terms.size > 0) {
      this.#release(terms, slice.name, new Set(slice.endpoints.map(({ address }) => address)), timeMicros);
    }
    for (const endpoint of slice.endpoints) {
      let term = terms.get(endpoint.address);
      if (term === undefined || term.podUid !== endpoint.podUid) {
        term = { ...endpoint, ports: [], slices: [], fromMicros: timeMicros, untilMicros: timeMicros };
        terms.set(endpoint.address, term);
        const services = this.#byAddress.get(endpoint.address) ?? new Map<string, EndpointTerm>();
        this.#byAddress.set(endpoint.address, services.set(service, term));
      }
      if (term.slices.length === 0 && term.untilMicros !== Number.POSITIVE_INFINITY) term.fromMicros = timeMicros;
      term.untilMicros = Number.POSITIVE_INFINITY;
      addOnce(term.slices, slice.name);
      for (const port of slice.ports) addOnce(term.ports, port);
    }
    if (terms.size > MAX_ENDED) this.#prune(service, terms);
  }

  /** The slice is gone. */
  remove(service: string, slice: string, timeMicros: number): void {
    const terms = this.#byService.get(service);
    if (terms !== undefined) this.#release(terms, slice, new Set(), timeMicros);
  }

  /** Endpoints that the Service had then, or had news of soon after. */
  of(service: string, timeMicros: number): EndpointTerm[] {
    const terms = this.#byService.get(service);
    if (terms === undefined) return [];
    return [...terms.values()].filter(
      ({ fromMicros, untilMicros }) => fromMicros - OWNER_UPDATE_MICROS <= timeMicros && timeMicros < untilMicros,
    );
  }

  /** The address as an endpoint of the Service, which it is or lately was. */
  term(service: string, address: string): EndpointTerm | undefined {
    return this.#byService.get(service)?.get(address);
  }

  /** Services that have, or lately had, the address as an endpoint. */
  behind(address: string): ReadonlyMap<string, EndpointTerm> | undefined {
    return this.#byAddress.get(address);
  }

  #release(terms: Map<string, EndpointTerm>, slice: string, kept: ReadonlySet<string>, timeMicros: number): void {
    for (const term of terms.values()) {
      const at = kept.has(term.address) ? -1 : term.slices.indexOf(slice);
      if (at < 0) continue;
      term.slices.splice(at, 1);
      if (term.slices.length === 0) term.untilMicros = timeMicros;
    }
  }

  #prune(service: string, terms: Map<string, EndpointTerm>): void {
    const ended = [...terms.values()].filter(({ slices }) => slices.length === 0);
    ended.sort((a, b) => a.untilMicros - b.untilMicros);
    for (const { address } of ended.slice(0, Math.max(0, ended.length - MAX_ENDED))) {
      terms.delete(address);
      const services = this.#byAddress.get(address);
      services?.delete(service);
      if (services?.size === 0) this.#byAddress.delete(address);
    }
  }
}

function addOnce<T>(list: T[], item: T): void {
  if (!list.includes(item)) list.push(item);
}
