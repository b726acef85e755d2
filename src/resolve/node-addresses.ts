import { TwoGenerationMap } from "../bounded/two-generation-map.ts";
import type { NodeRecord } from "../cluster/kubernetes-objects.ts";
import { ADDRESS_WORDS, parseAddressInto } from "../model/address.ts";
import { AddressRange } from "../model/address-range.ts";
import { type Holder, nodeHolder, OUTSIDE, podRangeHolder } from "./holder.ts";
import { neighbourhoodOf } from "./neighbourhood.ts";

/** Addresses outside every range that are remembered as such. */
const MAX_REMEMBERED = 16_384;
const MAX_GONE = 4_096;

const words = new Int32Array(ADDRESS_WORDS);

/**
 * Addresses of nodes: what the API lists, what the CNI notes in annotations, what the agent finds on its own
 * interfaces, and the pod ranges, in which addresses that no pod owns are the node's (cni0 has `.1`, flannel.1 `.0`).
 */
export class NodeAddresses {
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #own = new Map<string, Holder>();
  readonly #byAddress = new Map<string, Holder>();
  /** Addresses of nodes that are gone: attempts are decided minutes after their first packet. */
  readonly #gone = new TwoGenerationMap<string, { readonly holder: Holder; readonly untilMicros: number }>(MAX_GONE);
  readonly #neighbourhoods = new Set<string>();
  #ranges: { readonly range: AddressRange; readonly holder: Holder }[] = [];
  #rangeOf = new TwoGenerationMap<string, Holder>(MAX_REMEMBERED);

  /** Addresses of this node's own interfaces, as they are now; true where that is new. */
  setOwn(node: string, addresses: readonly string[]): boolean {
    if (addresses.length === this.#own.size && addresses.every((address) => this.#own.has(address))) return false;
    const holder = nodeHolder(node);
    this.#own.clear();
    for (const address of addresses) this.#own.set(address, holder);
    return true;
  }

  update(record: NodeRecord): void {
    this.#nodes.set(record.name, record);
    this.#rebuild();
  }

  remove(name: string, timeMicros: number): void {
    for (const address of this.#nodes.get(name)?.addresses ?? []) {
      this.#gone.set(address, { holder: nodeHolder(name), untilMicros: timeMicros });
    }
    this.#nodes.delete(name);
    this.#rebuild();
  }

  /** Node that had this address then; null for any other. */
  at(address: string, timeMicros: number): Holder | null {
    const holder = this.#byAddress.get(address) ?? this.#own.get(address);
    if (holder !== undefined) return holder;
    const gone = this.#gone.get(address);
    return gone !== undefined && timeMicros < gone.untilMicros ? gone.holder : null;
  }

  /** Whether a node that is gone had this address. */
  wasAt(address: string): boolean {
    return this.#gone.get(address) !== undefined;
  }

  /** Whether nodes have addresses in this neighbourhood. */
  isIn(neighbourhood: string): boolean {
    return this.#neighbourhoods.has(neighbourhood);
  }

  /** Node whose pod range holds this address; outside all otherwise. */
  rangeAt(address: string): Holder {
    const remembered = this.#rangeOf.get(address);
    if (remembered !== undefined) return remembered;
    const isAddress = parseAddressInto(address, words, 0);
    const found = isAddress ? this.#ranges.find(({ range }) => range.contains(words, 0)) : undefined;
    const holder = found?.holder ?? OUTSIDE;
    this.#rangeOf.set(address, holder);
    return holder;
  }

  #rebuild(): void {
    this.#byAddress.clear();
    this.#neighbourhoods.clear();
    this.#ranges = [];
    this.#rangeOf = new TwoGenerationMap(MAX_REMEMBERED);
    for (const node of this.#nodes.values()) {
      const holder = nodeHolder(node.name);
      const rangeHolder = podRangeHolder(node.name);
      for (const address of node.addresses) {
        this.#byAddress.set(address, holder);
        this.#neighbourhoods.add(neighbourhoodOf(address));
      }
      for (const cidr of node.podCidrs) {
        const range = AddressRange.parse(cidr);
        if (range !== null) this.#ranges.push({ range, holder: rangeHolder });
      }
    }
  }
}
