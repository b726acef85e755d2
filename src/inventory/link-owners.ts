import { TwoGenerationMap } from "../bounded/two-generation-map.ts";
import type { PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";

/** Pods of one node, and their links, in one generation. */
const MAX_PODS = 2_048;
/** Links of one pod: its interfaces, and what it was believed on before it had been seen on its own. */
const MAX_LINKS = 4;
/** Pods of one link that has none for itself; more, and it tells nothing. */
const MAX_SHARING = 8;

interface LinkedPod {
  readonly pod: PodRecord;
  /** In the order in which it was first seen on them. */
  readonly links: number[];
}

/**
 * Which pods' packets come in on which links, of one kind: interfaces, or link-layer addresses. Where each pod has a
 * link of its own, what comes in on another pod's is not from it. Where pods share one, as with CNIs that give all one
 * address, it tells nothing.
 */
export class LinkOwners {
  readonly #isForgeable: boolean;
  /** Whether the pod has its address still. */
  readonly #isCurrent: (pod: PodRecord, timeMicros: number) => boolean;
  readonly #pods = new TwoGenerationMap<string, LinkedPod>(MAX_PODS);
  readonly #links = new TwoGenerationMap<number, LinkedPod[]>(MAX_PODS);

  /** `isForgeable`: a sender can choose the link. Then a pod is believed where it was seen first. */
  constructor(isForgeable: boolean, isCurrent: (pod: PodRecord, timeMicros: number) => boolean) {
    this.#isForgeable = isForgeable;
    this.#isCurrent = isCurrent;
  }

  /** Whether the pod's packets come in on this link, and have on no other: nothing is to be decided. */
  isUsual(pod: PodRecord, link: number): boolean {
    const known = this.#pods.get(pod.uid);
    return known !== undefined && known.links.length === 1 && known.links[0] === link;
  }

  /** Whether what came in on the link, with the pod's address, is not from the pod. */
  isForeign(pod: PodRecord, link: number, timeMicros: number): boolean {
    const known = this.#pods.get(pod.uid);
    if (known === undefined) return false;
    const { links } = known;
    const seenAt = links.indexOf(link);
    const hasOwnLink = links.some(
      (other, i) =>
        other !== link && !(this.#isForgeable && seenAt >= 0 && seenAt < i) && this.#isOwn(pod.uid, other, timeMicros),
    );
    return hasOwnLink && this.isOfOther(pod.uid, link, timeMicros);
  }

  /** Whether another pod's packets come in on the link, and on no other. */
  isOfOther(uid: string | null, link: number, timeMicros: number): boolean {
    const sharing = this.#links.get(link);
    return (
      sharing?.some(({ pod, links }) => pod.uid !== uid && links.length === 1 && this.#isCurrent(pod, timeMicros)) ??
      false
    );
  }

  /** The pod is believed to be on the link. */
  add(pod: PodRecord, link: number, timeMicros: number): void {
    let linked = this.#pods.get(pod.uid);
    if (linked === undefined) {
      linked = { pod, links: [] };
      this.#pods.set(pod.uid, linked);
    }
    if (linked.links.includes(link) || linked.links.length === MAX_LINKS) return;
    linked.links.push(link);
    const sharing = (this.#links.get(link) ?? []).filter((other) => this.#isCurrent(other.pod, timeMicros));
    if (sharing.length < MAX_SHARING) sharing.push(linked);
    this.#links.set(link, sharing);
  }

  /** Whether the link is this pod's alone. */
  #isOwn(uid: string, link: number, timeMicros: number): boolean {
    return this.#links.get(link)?.every(({ pod }) => pod.uid === uid || !this.#isCurrent(pod, timeMicros)) ?? false;
  }
}
