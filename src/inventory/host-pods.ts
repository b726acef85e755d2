import type { PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";

interface Term {
  readonly pod: PodRecord;
  readonly untilMicros: number;
}

/** Pods of one node that are gone and remembered: attempts are decided minutes after their first packet. */
const MAX_GONE = 64;

/** Pods that serve on the address of their node: hostNetwork pods, and those with host ports. */
export class HostPods {
  readonly #byNode = new Map<string, Map<string, Term>>();

  update(pod: PodRecord): void {
    if (pod.nodeName === null || pod.nodePorts.length === 0) return;
    this.#put(pod.nodeName, { pod, untilMicros: Number.POSITIVE_INFINITY });
  }

  remove(pod: PodRecord, timeMicros: number): void {
    if (pod.nodeName === null || this.#byNode.get(pod.nodeName)?.has(pod.uid) !== true) return;
    this.#put(pod.nodeName, { pod, untilMicros: timeMicros });
  }

  /** The pod whose spec named the port then; the newest, where several do. */
  naming(node: string, port: number, timeMicros: number): PodRecord | null {
    let found: PodRecord | null = null;
    for (const { pod, untilMicros } of this.#byNode.get(node)?.values() ?? []) {
      const isThere = timeMicros < untilMicros && (pod.endedMicros === null || timeMicros < pod.endedMicros);
      if (!isThere || !pod.nodePorts.includes(port)) continue;
      if (found === null || isBetter(pod, found, timeMicros)) found = pod;
    }
    return found;
  }

  #put(node: string, term: Term): void {
    const terms = this.#byNode.get(node) ?? new Map<string, Term>();
    this.#byNode.set(node, terms.set(term.pod.uid, term));
    const gone = [...terms.values()].filter(({ untilMicros }) => untilMicros !== Number.POSITIVE_INFINITY);
    if (gone.length <= MAX_GONE) return;
    const oldest = gone.reduce((a, b) => (b.untilMicros < a.untilMicros ? b : a));
    terms.delete(oldest.pod.uid);
  }
}

/** Created later, but not after the packet. */
function isBetter(candidate: PodRecord, found: PodRecord, timeMicros: number): boolean {
  const candidateExists = candidate.createdMicros <= timeMicros;
  if (candidateExists !== found.createdMicros <= timeMicros) return candidateExists;
  return candidate.createdMicros > found.createdMicros;
}
