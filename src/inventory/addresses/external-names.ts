import { GenerationalCache } from "../../bounded/generational-cache.ts";
import { ADDRESS_WORDS, parseAddressInto } from "../../model/address.ts";
import { AddressRange } from "../../model/address-range.ts";
import type { End } from "../../model/interaction.ts";

/** A named range outside the cluster: `10.1.0.0/16=office`. */
export interface NamedCidr {
  readonly cidr: string;
  readonly name: string;
}

type External = Extract<End, { readonly type: "external" }>;

interface NamedRange {
  readonly range: AddressRange;
  readonly end: External;
}

const MAX_SHARED_ENDS = 4_096;

const words = new Int32Array(ADDRESS_WORDS);

const EXTERNAL: External = { type: "external", name: "external" };
/** Stands for all names beyond the limit of drawn names. */
export const OTHER: External = { type: "external", name: "~other" };

/**
 * Names of graph nodes and services that stand for several parties: everything outside the cluster, names beyond the
 * limit, the cluster's nodes, unresolved ends. A DNS name with the same text is written with the root's dot.
 */
const RESERVED_NAMES: ReadonlySet<string> = new Set([EXTERNAL.name, OTHER.name, "node", "unresolved"]);

/** Ends outside the cluster: named by the DNS question, else by the narrowest configured CIDR, else `external`. */
export class ExternalNames {
  readonly #ranges: readonly NamedRange[];
  /** Shares equal ends as one object, to save memory. */
  readonly #ends = new GenerationalCache<string, End>(MAX_SHARED_ENDS);
  readonly #configured: ReadonlySet<End>;

  constructor(cidrs: readonly NamedCidr[] = []) {
    this.#ranges = cidrs
      .flatMap(({ cidr, name }): NamedRange[] => {
        const range = AddressRange.parse(cidr);
        return range === null ? [] : [{ range, end: { type: "external", name } }];
      })
      .sort((a, b) => b.range.prefixBits - a.range.prefixBits);
    this.#configured = new Set([EXTERNAL, OTHER, ...this.#ranges.map(({ end }) => end)]);
  }

  /** Whether the end comes from `at`, not from a DNS question. Such ends are few and do not count towards the limit. */
  isConfigured(end: End): boolean {
    return this.#configured.has(end);
  }

  /** The end for a name in a DNS question. `NameLimits` decides whether the graph shows it. */
  named(name: string): End {
    const shared = this.#ends.get(name);
    if (shared !== undefined) return shared;
    const end: End = { type: "external", name: RESERVED_NAMES.has(name) ? `${name}.` : name };
    this.#ends.set(name, end);
    return end;
  }

  /** The end for an address without a name. */
  at(address: string): End {
    const range = this.#rangeOf(address);
    return range === null ? EXTERNAL : range.end;
  }

  /** Name of the narrowest configured CIDR that contains the address. */
  cidrName(address: string): string | null {
    return this.#rangeOf(address)?.end.name ?? null;
  }

  #rangeOf(address: string): NamedRange | null {
    if (this.#ranges.length === 0 || !parseAddressInto(address, words, 0)) return null;
    return this.#ranges.find(({ range }) => range.contains(words, 0)) ?? null;
  }
}
