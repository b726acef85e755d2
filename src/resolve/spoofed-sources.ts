import type { AddressOwner } from "../inventory/addresses/address-owner.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import { LinkOwners } from "../inventory/link-owners.ts";
import type { PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import type { UsualLink } from "./paths/known-addresses.ts";

/**
 * Detects facts with a spoofed source address. A pod with a raw socket can send with any address, but its frames arrive
 * on its own interface and, unless spoofed too, with its own link-layer address. So an address of a pod of this node,
 * or of this node, is spoofed if the frame arrives on the link of another pod. Addresses of other nodes arrive through
 * routers and cannot be checked.
 */
export class SpoofedSources {
  readonly #node: string | null;
  readonly #interfaces: LinkOwners;
  readonly #addresses: LinkOwners;
  /** Of the links: grows when a pod gets another one. */
  #version = 0;

  /** `node`: the node of the capture; null: unknown, so nothing is checked. */
  constructor(index: ClusterIndex, node: string | null) {
    this.#node = node;
    const isCurrent = ({ uid, addresses }: PodRecord, timeMicros: number) => {
      const owner = index.ownerOf(addresses[0] ?? "", timeMicros);
      return owner.type === "pod" && owner.pod.uid === uid;
    };
    this.#interfaces = new LinkOwners(false, isCurrent);
    this.#addresses = new LinkOwners(true, isCurrent);
  }

  /** No fact of the pod will come any more. */
  forget(pod: PodRecord): void {
    this.#interfaces.forget(pod);
    this.#addresses.forget(pod);
  }

  /**
   * Whether a fact with an address of `owner` did not come from it. `link`: see `readSenderLink` in decode. `usual`: that of
   * the owner, if it is kept.
   */
  isSpoofed(link: number, owner: AddressOwner, timeMicros: number, usual: UsualLink | null): boolean {
    if (link === 0 || this.#node === null) return false;
    if (usual !== null && usual.usualLink === link && usual.linksVersion === this.#version) return false;
    const interfaceIndex = link < 0 ? 0 : link >>> 16;
    const address = link < 0 ? link : link & 0xffff;
    if (owner.type === "node" && owner.node === this.#node) {
      // Packets that the node forwards for others arrive on any interface.
      if (owner.isRouter) return false;
      // 16 bits of a link-layer address are too weak a proof while the interface is known.
      return interfaceIndex !== 0
        ? this.#interfaces.isOfOther(null, interfaceIndex, timeMicros)
        : this.#addresses.isOfOther(null, address, timeMicros);
    }
    if (owner.type !== "pod" || owner.pod.nodeName !== this.#node) return false;
    const { pod } = owner;
    const isUsual =
      (interfaceIndex === 0 || this.#interfaces.isUsual(pod, interfaceIndex)) &&
      (address === 0 || this.#addresses.isUsual(pod, address));
    if (isUsual) {
      if (usual !== null) {
        usual.usualLink = link;
        usual.linksVersion = this.#version;
      }
      return false;
    }
    const isForeign =
      (interfaceIndex !== 0 && this.#interfaces.isForeign(pod, interfaceIndex, timeMicros)) ||
      (address !== 0 && this.#addresses.isForeign(pod, address, timeMicros));
    if (isForeign) return true;
    if (interfaceIndex !== 0 && this.#interfaces.add(pod, interfaceIndex, timeMicros)) this.#version++;
    if (address !== 0 && this.#addresses.add(pod, address, timeMicros)) this.#version++;
    return false;
  }
}
