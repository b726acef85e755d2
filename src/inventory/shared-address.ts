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

/** Several Services, by port too. */
class Several {
  readonly all = new ServicesInOrder();
  readonly #byPort = new Map<number, ServicesInOrder>();

  on(port: number): ServiceRecord | null {
    return this.#byPort.get(port)?.first ?? null;
  }

  add(service: ServiceRecord): void {
    this.all.add(service);
    for (const port of service.ports) {
      const services = this.#byPort.get(port) ?? new ServicesInOrder();
      services.add(service);
      this.#byPort.set(port, services);
    }
  }

  delete(service: ServiceRecord): void {
    this.all.delete(service);
    for (const port of service.ports) {
      const services = this.#byPort.get(port);
      services?.delete(service);
      if (services?.size === 0) this.#byPort.delete(port);
    }
  }
}

/**
 * The Services of one address by port. Anyone who may write Services may give any number of them one external address: each
 * is found, added and removed without a look at the others. Most addresses have one Service, and need no tables.
 */
export class SharedAddress {
  /** The only one; null where several share the address, or have shared it. */
  #only: ServiceRecord | null;
  #several: Several | null = null;

  constructor(service: ServiceRecord) {
    this.#only = service;
  }

  /** The one that was added first. */
  get first(): ServiceRecord | null {
    return this.#several === null ? this.#only : this.#several.all.first;
  }

  get size(): number {
    if (this.#several !== null) return this.#several.all.size;
    return this.#only === null ? 0 : 1;
  }

  /** The one of those with this port that was added first; null: none. */
  on(port: number): ServiceRecord | null {
    if (this.#several !== null) return this.#several.on(port);
    return this.#only?.ports.includes(port) === true ? this.#only : null;
  }

  add(service: ServiceRecord): void {
    this.#several ??= new Several();
    if (this.#only !== null) this.#several.add(this.#only);
    this.#only = null;
    this.#several.add(service);
  }

  delete(service: ServiceRecord): void {
    if (this.#several !== null) this.#several.delete(service);
    else if (this.#only === service) this.#only = null;
  }
}
