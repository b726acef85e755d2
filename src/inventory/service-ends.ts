import { GenerationalCache } from "../bounded/generational-cache.ts";
import type { EndpointRecord, PodRecord, ServiceRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import type { End, Workload } from "../model/interaction.ts";
import type { IpOwnership } from "./addresses/ip-ownership.ts";
import type { KnownPods } from "./known-pods.ts";
import { API_SERVER_END, isApiServer, type Services } from "./services.ts";
import { isSameWorkload, type WorkloadNames } from "./workload-name.ts";

/** Services in a generation of the cache. */
const MAX_SERVICES = 4_096;

/** The end that a Service stands for within an interval, by all updates so far; an empty one: at the moment asked for. */
export interface SteadyEnd {
  readonly end: End;
  readonly fromMicros: number;
  readonly toMicros: number;
}

const NEVER = { fromMicros: Number.POSITIVE_INFINITY, toMicros: Number.NEGATIVE_INFINITY };

/**
 * The ends that Services stand for: the only workload behind a Service, else the Service itself. Most connections are to
 * Services whose endpoints have not changed, so an end is found once for each version of the index.
 */
export class ServiceEnds {
  readonly #services: Services;
  readonly #pods: KnownPods;
  readonly #ownership: IpOwnership;
  readonly #workloads: WorkloadNames;
  readonly #steady = new GenerationalCache<ServiceRecord, SteadyEnd>(MAX_SERVICES);
  #version = -1;

  constructor(services: Services, pods: KnownPods, ownership: IpOwnership, workloads: WorkloadNames) {
    this.#services = services;
    this.#pods = pods;
    this.#ownership = ownership;
    this.#workloads = workloads;
  }

  /** `version`: of the index. */
  at(service: ServiceRecord, timeMicros: number, version: number): SteadyEnd {
    if (version !== this.#version) {
      this.#version = version;
      this.#steady.clear();
    }
    const steady = this.#steady.get(service);
    if (steady !== undefined && steady.fromMicros <= timeMicros && timeMicros < steady.toMicros) return steady;
    const end = this.#find(service, timeMicros);
    if (!this.#hasKnownPods(service, timeMicros)) return { end, ...NEVER };
    const found = { end, ...this.#services.steadyAround(service, timeMicros) };
    this.#steady.set(service, found);
    return found;
  }

  #find(service: ServiceRecord, timeMicros: number): End {
    if (isApiServer(service)) return API_SERVER_END;
    const workload = this.#workloadBehind(service, timeMicros);
    if (workload !== null) return workload;
    // Clients use the name of the ServiceImport, not of the Service that implements it in this cluster.
    return { type: "service", namespace: service.namespace, name: service.importName ?? service.name };
  }

  /** Whether no endpoint's pod depends on who has its address at that time: it is known, or no pod has had the address. */
  #hasKnownPods(service: ServiceRecord, timeMicros: number): boolean {
    const isKnown = (endpoint: EndpointRecord) => targetOf(endpoint, service, this.#pods) !== null;
    return this.#services
      .endpoints(service, timeMicros)
      .every((endpoint) => isKnown(endpoint) || this.#ownership.leasesOf(endpoint.address).length === 0);
  }

  /**
   * The only workload behind a Service at that time; null if there is none, or several. Ignores endpoints of unknown pods,
   * because the lists of pods and of slices are not taken at the same moment.
   */
  #workloadBehind(service: ServiceRecord, timeMicros: number): Workload | null {
    let only: Workload | null = null;
    for (const endpoint of this.#services.endpoints(service, timeMicros)) {
      const pod = this.#podOf(endpoint, service, timeMicros);
      if (pod === null) continue;
      const workload = this.#workloads.of(pod);
      if (only !== null && !isSameWorkload(only, workload)) return null;
      only = workload;
    }
    return only;
  }

  /** A manually created endpoint has no targetRef, but may have the address of a pod. */
  #podOf(endpoint: EndpointRecord, service: ServiceRecord, timeMicros: number): PodRecord | null {
    const target = targetOf(endpoint, service, this.#pods);
    if (target !== null) return target;
    const { address, podUid } = endpoint;
    const owner = this.#ownership.at(address, timeMicros);
    const isSame = owner?.type === "pod" && (podUid === null || owner.pod.uid === podUid);
    return isSame ? owner.pod : null;
  }
}

/**
 * The pod that an endpoint of the Service names as its target; null: none that is known. Kubernetes names pods of the
 * Service's namespace only: another one was written by someone who need not know its addresses.
 */
export function targetOf({ podUid }: EndpointRecord, { namespace }: ServiceRecord, pods: KnownPods): PodRecord | null {
  const pod = podUid === null ? undefined : pods.withUid(podUid);
  return pod?.namespace === namespace ? pod : null;
}
