import { TwoGenerationMap } from "../../bounded/two-generation-map.ts";
import { ADDRESS_WORDS, parseAddressInto } from "../../model/address.ts";
import { AddressRange } from "../../model/address-range.ts";
import type { End } from "../../model/interaction.ts";

/** A range outside the cluster with a name: `10.1.0.0/16=office`. */
export interface NamedCidr {
  readonly cidr: string;
  readonly name: string;
}

/** Configured names are few and chosen: they do not count towards the cap. */
interface NamedRange {
  readonly range: AddressRange;
  readonly end: { readonly type: "external"; readonly name: string };
}

type External = Extract<End, { readonly type: "external" }>;

/** Names whose ends are remembered, so that equal ones are one object; without any effect but that. */
const MAX_SHARED_ENDS = 4_096;

const words = new Int32Array(ADDRESS_WORDS);

const EXTERNAL: External = { type: "external", name: "external" };
/** Stands for all names beyond those that are drawn. */
export const OTHER: External = { type: "external", name: "~other" };

/**
 * Nodes of the graph, and services of span pairs, that stand for many: what is outside, beyond the cap, of the cluster's
 * nodes, or not known. A DNS name that reads the same is drawn as DNS writes a whole name, with the root's dot.
 */
const RESERVED: ReadonlySet<string> = new Set([EXTERNAL.name, OTHER.name, "node", "unresolved"]);

/** Names for what lies outside the cluster: the question that was asked, else the narrowest configured range, else one for all. */
export class ExternalNames {
  readonly #ranges: readonly NamedRange[];
  readonly #ends = new TwoGenerationMap<string, End>(MAX_SHARED_ENDS);
  readonly #configured: ReadonlySet<End>;

  constructor(cidrs: readonly NamedCidr[] = []) {
    this.#ranges = cidrs
      .flatMap(({ cidr, name }) => {
        const range = AddressRange.parse(cidr);
        return range === null ? [] : [{ range, end: { type: "external", name } as const }];
      })
      .sort((a, b) => b.range.prefixBits - a.range.prefixBits);
    this.#configured = new Set([EXTERNAL, OTHER, ...this.#ranges.map(({ end }) => end)]);
  }

  /** Whether this is an end that `at` gives, and not a name that a client asked for. */
  isConfigured(end: End): boolean {
    return this.#configured.has(end);
  }

  /** End for a name that was asked for. Whether it is drawn by itself is for `DrawnNames` to say. */
  named(name: string): End {
    const known = this.#ends.get(name);
    if (known !== undefined) return known;
    const end: End = { type: "external", name: RESERVED.has(name) ? `${name}.` : name };
    this.#ends.set(name, end);
    return end;
  }

  /** End for an address that has no name. */
  at(address: string): End {
    const range = this.#rangeOf(address);
    return range === null ? EXTERNAL : range.end;
  }

  /** Name of the narrowest configured range that holds the address. */
  cidrName(address: string): string | null {
    return this.#rangeOf(address)?.end.name ?? null;
  }

  #rangeOf(address: string): NamedRange | null {
    if (this.#ranges.length === 0 || !parseAddressInto(address, words, 0)) return null;
    return this.#ranges.find(({ range }) => range.contains(words, 0)) ?? null;
  }
}
