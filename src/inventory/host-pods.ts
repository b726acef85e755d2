import type { PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";

interface HostPod {
  readonly pod: PodRecord;
  readonly untilMicros: number;
}

/** Deleted pods kept for one node: an attempt is decided minutes after its first packet. */
const MAX_DELETED = 64;

/** Pods that listen on their node's address: hostNetwork pods, and pods with host ports. */
export class HostPods {
  readonly #byNode = new Map<string, Map<string, HostPod>>();

  update(pod: PodRecord): void {
    this.#keep(pod, Number.POSITIVE_INFINITY);
  }

  remove(pod: PodRecord, timeMicros: number): void {
    if (pod.nodeName !== null && this.#byNode.get(pod.nodeName)?.has(pod.uid) === true) this.#keep(pod, timeMicros);
  }

  /** A pod that ends may lose its address first, and its record has no ports then: it had those that it had. */
  #keep(pod: PodRecord, untilMicros: number): void {
    if (pod.nodeName === null) return;
    const nodePorts = this.#byNode.get(pod.nodeName)?.get(pod.uid)?.pod.nodePorts ?? pod.nodePorts;
    if (pod.nodePorts.length > 0) this.#put(pod.nodeName, { pod, untilMicros });
    else if (nodePorts.length > 0) this.#put(pod.nodeName, { pod: { ...pod, nodePorts }, untilMicros });
  }

  /** Forgets deleted pods. */
  restart(): void {
    for (const pods of this.#byNode.values())
      for (const { pod, untilMicros } of pods.values()) if (untilMicros !== Number.POSITIVE_INFINITY) this.forget(pod);
  }

  /** The pod was deleted long ago. */
  forget({ nodeName, uid }: PodRecord): void {
    if (nodeName === null) return;
    const pods = this.#byNode.get(nodeName);
    pods?.delete(uid);
    if (pods?.size === 0) this.#byNode.delete(nodeName);
  }

  /** The pod whose spec declares the port, at that time; the newest if there are several. */
  at(node: string, port: number, timeMicros: number): PodRecord | null {
    let found: PodRecord | null = null;
    for (const { pod, untilMicros } of this.#byNode.get(node)?.values() ?? []) {
      const exists = timeMicros < untilMicros && (pod.endedMicros === null || timeMicros < pod.endedMicros);
      if (!exists || !pod.nodePorts.includes(port)) continue;
      if (found === null || isNewer(pod, found, timeMicros)) found = pod;
    }
    return found;
  }

  #put(node: string, hostPod: HostPod): void {
    const pods = this.#byNode.get(node) ?? new Map<string, HostPod>();
    this.#byNode.set(node, pods.set(hostPod.pod.uid, hostPod));
    const deleted = [...pods.values()].filter(({ untilMicros }) => untilMicros !== Number.POSITIVE_INFINITY);
    if (deleted.length <= MAX_DELETED) return;
    const oldest = deleted.reduce((a, b) => (b.untilMicros < a.untilMicros ? b : a));
    pods.delete(oldest.pod.uid);
  }
}

/** Created later, but not after the packet. */
function isNewer(candidate: PodRecord, found: PodRecord, timeMicros: number): boolean {
  const candidateExists = candidate.createdMicros <= timeMicros;
  if (candidateExists !== found.createdMicros <= timeMicros) return candidateExists;
  return candidate.createdMicros > found.createdMicros;
}
