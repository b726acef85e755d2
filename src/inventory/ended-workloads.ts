import { GenerationalCache } from "../bounded/generational-cache.ts";
import type { PodTemplate } from "../kubernetes/objects/kubernetes-objects.ts";
import type { Workload } from "../model/interaction.ts";

/** Workloads in each of two generations, and different templates of one workload. */
const MAX_WORKLOADS = 1_024;
const MAX_TEMPLATES = 8;

/** What is kept of the deleted pods of a workload: what they declared about it. */
interface EndedPods {
  readonly workload: Workload;
  /** Different ones, the newest last; null: only the endpoints of a pod were known. */
  readonly templates: readonly (PodTemplate | null)[];
}

/** Workloads that had pods: a Job that has finished is described long after its pods are forgotten. */
export class EndedWorkloads {
  readonly #workloads = new GenerationalCache<Workload, EndedPods>(MAX_WORKLOADS);

  /** A pod of the workload was deleted. Equal workloads, and equal templates, are one object. */
  add(workload: Workload, template: PodTemplate | null): void {
    const known = this.#workloads.get(workload)?.templates ?? [];
    if (known.at(-1) === template && known.length > 0) return;
    const templates = [...known.filter((one) => one !== template), template].slice(-MAX_TEMPLATES);
    this.#workloads.set(workload, { workload, templates });
  }

  all(): Iterable<EndedPods> {
    return this.#workloads.values();
  }
}
