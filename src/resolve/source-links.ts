import type { AddressOwner } from "../inventory/addresses/address-owner.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import { LinkOwners } from "../inventory/link-owners.ts";
import type { PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";

/**
 * Whether facts are from whose source address they have. Anybody who may open a raw socket can send with any address,
 * but the frame comes in by that pod's interface and, unless it is forged too, with that pod's link-layer address. So an
 * address of a pod of this node, or of this node itself, is not believed where another pod's packets come in.
 * Of other nodes' addresses nothing is known: they come through routers.
 */
export class SourceLinks {
  readonly #node: string | null;
  readonly #interfaces: LinkOwners;
  readonly #addresses: LinkOwners;

  /** `node`: whose capture it is; where that is not known, all is believed. */
  constructor(index: ClusterIndex, node: string | null) {
    this.#node = node;
    const isCurrent = ({ uid, addresses }: PodRecord, timeMicros: number) => {
      const owner = index.ownerOf(addresses[0] ?? "", timeMicros);
      return owner.type === "pod" && owner.pod.uid === uid;
    };
    this.#interfaces = new LinkOwners(false, isCurrent);
    this.#addresses = new LinkOwners(true, isCurrent);
  }

  /** Whether what came in on this link (see decode's `readSenderLink`) with the owner's address is somebody else's. */
  isSpoofed(link: number, owner: AddressOwner, timeMicros: number): boolean {
    if (link === 0 || this.#node === null) return false;
    const interfaceIndex = link < 0 ? 0 : link >>> 16;
    const address = link < 0 ? link : link & 0xffff;
    if (owner.type === "node" && owner.node === this.#node) {
      // What the node passes on for others may come in anywhere.
      if (owner.isRouter) return false;
      // 16 bits of an address are too few where there is nothing to compare them with.
      return interfaceIndex !== 0
        ? this.#interfaces.isOfOther(null, interfaceIndex, timeMicros)
        : this.#addresses.isOfOther(null, address, timeMicros);
    }
    if (owner.type !== "pod" || owner.pod.nodeName !== this.#node) return false;
    const { pod } = owner;
    const isUsual =
      (interfaceIndex === 0 || this.#interfaces.isUsual(pod, interfaceIndex)) &&
      (address === 0 || this.#addresses.isUsual(pod, address));
    if (isUsual) return false;
    const isForeign =
      (interfaceIndex !== 0 && this.#interfaces.isForeign(pod, interfaceIndex, timeMicros)) ||
      (address !== 0 && this.#addresses.isForeign(pod, address, timeMicros));
    if (isForeign) return true;
    if (interfaceIndex !== 0) this.#interfaces.add(pod, interfaceIndex, timeMicros);
    if (address !== 0) this.#addresses.add(pod, address, timeMicros);
    return false;
  }
}
