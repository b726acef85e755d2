import { GenerationalCache } from "../bounded/generational-cache.ts";
import type { PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";

/** Pods of one node, and links, in one generation. */
const MAX_PODS = 2_048;
/** Links of one pod: its interfaces, and those of packets accepted before one arrived on the pod's own link. */
const MAX_LINKS = 4;
/** Pods tracked on one shared link; beyond that the link identifies no pod. */
const MAX_SHARING = 8;

interface LinkedPod {
  readonly pod: PodRecord;
  /** In the order of the pod's first packet on each. */
  readonly links: number[];
}

/**
 * Learns on which links the packets of each pod arrive. All links are of one kind: interfaces, or link-layer addresses.
 * Where each pod has its own link, a packet on another pod's link is not from the pod. Where pods share a link, as with
 * CNIs that give all pods one link-layer address, the link proves nothing.
 */
export class LinkOwners {
  readonly #isForgeable: boolean;
  /** Whether the pod still has its address. */
  readonly #isCurrent: (pod: PodRecord, timeMicros: number) => boolean;
  readonly #pods = new GenerationalCache<string, LinkedPod>(MAX_PODS);
  readonly #links = new GenerationalCache<number, LinkedPod[]>(MAX_PODS);

  /** `isForgeable`: a sender can choose the link. Then the link of the pod's first packet is trusted. */
  constructor(isForgeable: boolean, isCurrent: (pod: PodRecord, timeMicros: number) => boolean) {
    this.#isForgeable = isForgeable;
    this.#isCurrent = isCurrent;
  }

  /** Whether all packets of the pod have arrived on this link. The common case, which needs no further check. */
  isUsual(pod: PodRecord, link: number): boolean {
    const known = this.#pods.get(pod.uid);
    return known !== undefined && known.links.length === 1 && known.links[0] === link;
  }

  /** Whether a packet with the pod's address that arrives on the link is not from the pod. */
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

  /** Whether all packets of another pod arrive on the link. */
  isOfOther(uid: string | null, link: number, timeMicros: number): boolean {
    const sharing = this.#links.get(link);
    return (
      sharing?.some(({ pod, links }) => pod.uid !== uid && links.length === 1 && this.#isCurrent(pod, timeMicros)) ??
      false
    );
  }

  /** Records a packet of the pod on the link. Returns whether the link is new to the pod. */
  add(pod: PodRecord, link: number, timeMicros: number): boolean {
    let linked = this.#pods.get(pod.uid);
    if (linked === undefined) {
      linked = { pod, links: [] };
      this.#pods.set(pod.uid, linked);
    }
    if (linked.links.includes(link) || linked.links.length === MAX_LINKS) return false;
    linked.links.push(link);
    const sharing = (this.#links.get(link) ?? []).filter((other) => this.#isCurrent(other.pod, timeMicros));
    if (sharing.length < MAX_SHARING) sharing.push(linked);
    this.#links.set(link, sharing);
    return true;
  }

  /** No packet of the pod will come any more. */
  forget({ uid }: PodRecord): void {
    const linked = this.#pods.get(uid);
    if (linked === undefined) return;
    this.#pods.delete(uid);
    for (const link of linked.links) {
      const others = this.#links.get(link)?.filter((other) => other.pod.uid !== uid) ?? [];
      if (others.length > 0) this.#links.set(link, others);
      else this.#links.delete(link);
    }
  }

  /** Whether no other pod uses the link. */
  #isOwn(uid: string, link: number, timeMicros: number): boolean {
    return this.#links.get(link)?.every(({ pod }) => pod.uid === uid || !this.#isCurrent(pod, timeMicros)) ?? false;
  }
}
