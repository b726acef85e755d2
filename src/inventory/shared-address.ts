import type { ServiceRecord } from "../kubernetes/objects/kubernetes-objects.ts";

/** Services in the order in which they were added. */
class ServicesInOrder {
  readonly #services = new Set<ServiceRecord>();
  /** Kept, because a set passes over the removed ones to find it. */
  #first: ServiceRecord | null = null;

  get first(): ServiceRecord | null {
    return this.#first;
  }

  get size(): number {
    return this.#services.size;
  }

  add(service: ServiceRecord): void {
    this.#services.add(service);
    this.#first ??= service;
  }

  delete(service: ServiceRecord): void {
    this.#services.delete(service);
    if (this.#first === service) this.#first = this.#services.values().next().value ?? null;
  }
}

/**
 * The Services of one address by port. Anyone who may write Services may give any number of them one external address: each
 * is found, added and removed without a look at the others.
 */
export class SharedAddress {
  readonly #all = new ServicesInOrder();
  /** Null while there has been one Service only, as at most addresses. */
  #byPort: Map<number, ServicesInOrder> | null = null;

  constructor(service: ServiceRecord) {
    this.#all.add(service);
  }

  /** The one that was added first. */
  get first(): ServiceRecord | null {
    return this.#all.first;
  }

  get size(): number {
    return this.#all.size;
  }

  /** The one of those with this port that was added first; null: none. */
  on(port: number): ServiceRecord | null {
    if (this.#byPort !== null) return this.#byPort.get(port)?.first ?? null;
    return this.first?.ports.includes(port) === true ? this.first : null;
  }

  add(service: ServiceRecord): void {
    if (this.#byPort === null) {
      this.#byPort = new Map();
      if (this.first !== null) addToPorts(this.#byPort, this.first);
    }
    this.#all.add(service);
    addToPorts(this.#byPort, service);
  }

  delete(service: ServiceRecord): void {
    this.#all.delete(service);
    for (const port of service.ports) {
      const services = this.#byPort?.get(port);
      services?.delete(service);
      if (services?.size === 0) this.#byPort?.delete(port);
    }
  }
}

function addToPorts(byPort: Map<number, ServicesInOrder>, service: ServiceRecord): void {
  for (const port of service.ports) {
    const services = byPort.get(port) ?? new ServicesInOrder();
    services.add(service);
    byPort.set(port, services);
  }
}
