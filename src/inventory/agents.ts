import type { PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";

interface Term {
  readonly uid: string;
  readonly fromMicros: number;
  toMicros: number;
}

/** Terms of one node that are remembered: attempts are decided minutes after their first packet. */
const MAX_TERMS = 8;

/**
 * Nodes with an agent, as intervals: a pod of our DaemonSet makes one, from the news of it to the news of its end.
 * A pod that is not ready is an agent too, a silent one.
 */
export class Agents {
  readonly #byNode = new Map<string, Term[]>();
  /** Agents that there are now, by uid. */
  readonly #states = new Map<string, "ready" | "silent">();

  get isEmpty(): boolean {
    return this.#byNode.size === 0;
  }

  update(pod: PodRecord, timeMicros: number): void {
    if (pod.agent === null || pod.nodeName === null) return;
    if (pod.endedMicros !== null) {
      this.remove(pod, timeMicros);
      return;
    }
    this.#states.set(pod.uid, pod.agent);
    const terms = this.#byNode.get(pod.nodeName) ?? [];
    if (terms.some(({ uid }) => uid === pod.uid)) return;
    terms.push({ uid: pod.uid, fromMicros: timeMicros, toMicros: Number.POSITIVE_INFINITY });
    if (terms.length > MAX_TERMS) terms.shift();
    this.#byNode.set(pod.nodeName, terms);
  }

  remove(pod: PodRecord, timeMicros: number): void {
    this.#states.delete(pod.uid);
    const term = this.#byNode.get(pod.nodeName ?? "")?.find(({ uid }) => uid === pod.uid);
    if (term !== undefined) term.toMicros = Math.min(term.toMicros, timeMicros);
  }

  /** Agents that there are now: what silent ones see is told by nobody. */
  counts(): { readonly ready: number; readonly silent: number } {
    const ready = [...this.#states.values()].filter((state) => state === "ready").length;
    return { ready, silent: this.#states.size - ready };
  }

  has(node: string, timeMicros: number): boolean {
    const terms = this.#byNode.get(node);
    return terms?.some(({ fromMicros, toMicros }) => fromMicros <= timeMicros && timeMicros < toMicros) ?? false;
  }
}
