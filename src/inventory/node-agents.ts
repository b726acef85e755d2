import type { PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";

interface AgentInterval {
  readonly uid: string;
  fromMicros: number;
  toMicros: number;
}

/** Intervals kept for one node: an attempt is decided minutes after its first packet. */
const MAX_INTERVALS = 8;

/**
 * The intervals in which each node has an agent: a pod of wirespan's DaemonSet, from the update that adds it to the
 * update that removes it, and where a list adds it, from its creation: an agent that was away gets packets that are older
 * than its lists. A pod that is not ready counts as an agent.
 */
export class NodeAgents {
  readonly #byNode = new Map<string, AgentInterval[]>();
  #isEmpty = true;
  /** State of each current agent, by uid. */
  readonly #states = new Map<string, "ready" | "notReady">();

  /** Whether the cluster has never shown an agent. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** `isFirst`: the first update of this pod. One that has its node already comes from a list, which is later than the pod. */
  update(pod: PodRecord, timeMicros: number, isFirst: boolean): void {
    if (pod.agent === null || pod.nodeName === null) return;
    if (pod.endedMicros !== null) {
      this.remove(pod, timeMicros);
      return;
    }
    this.#isEmpty = false;
    this.#states.set(pod.uid, pod.agent);
    const intervals = this.#byNode.get(pod.nodeName) ?? [];
    const known = intervals.find(({ uid }) => uid === pod.uid);
    if (known !== undefined) {
      // The update with its node was late: it has captured since its containers started.
      known.fromMicros = Math.min(known.fromMicros, pod.startedMicros ?? known.fromMicros);
      return;
    }
    const fromMicros = isFirst ? Math.min(pod.createdMicros, timeMicros) : timeMicros;
    intervals.push({ uid: pod.uid, fromMicros, toMicros: Number.POSITIVE_INFINITY });
    if (intervals.length > MAX_INTERVALS) intervals.shift();
    this.#byNode.set(pod.nodeName, intervals);
  }

  remove(pod: PodRecord, timeMicros: number): void {
    this.#states.delete(pod.uid);
    const interval = this.#byNode.get(pod.nodeName ?? "")?.find(({ uid }) => uid === pod.uid);
    if (interval !== undefined) interval.toMicros = Math.min(interval.toMicros, timeMicros);
  }

  /** Forgets ended intervals; the others count for all time. */
  restart(): void {
    for (const [node, intervals] of this.#byNode) {
      const current = intervals.filter(({ toMicros }) => toMicros === Number.POSITIVE_INFINITY);
      for (const interval of current) interval.fromMicros = Number.NEGATIVE_INFINITY;
      if (current.length > 0) this.#byNode.set(node, current);
      else this.#byNode.delete(node);
    }
  }

  /** The pod was deleted long ago. */
  forget({ nodeName, uid }: PodRecord): void {
    if (nodeName === null) return;
    const kept = this.#byNode.get(nodeName)?.filter((interval) => interval.uid !== uid) ?? [];
    if (kept.length > 0) this.#byNode.set(nodeName, kept);
    else this.#byNode.delete(nodeName);
  }

  /** Current agents by state. No agent reports what an agent that is not ready would have seen. */
  counts(): { readonly ready: number; readonly notReady: number } {
    const ready = [...this.#states.values()].filter((state) => state === "ready").length;
    return { ready, notReady: this.#states.size - ready };
  }

  /** Whether the node had an agent at that time. */
  has(node: string, timeMicros: number): boolean {
    const intervals = this.#byNode.get(node);
    return intervals?.some(({ fromMicros, toMicros }) => fromMicros <= timeMicros && timeMicros < toMicros) ?? false;
  }
}
