import { GenerationalCache } from "../../bounded/generational-cache.ts";
import { ADDRESS_WORDS, parseAddressInto } from "../../model/address.ts";
import { AddressRange } from "../../model/address-range.ts";
import type { ExternalNames } from "./external-names.ts";

interface AddressKind {
  readonly isPrivate: boolean;
  readonly isLinkLocal: boolean;
  readonly isNamed: boolean;
}

const MAX_CACHED = 32_768;

/** RFC 1918; RFC 6598, shared by carrier-grade NAT; RFC 4193, unique local. */
const PRIVATE = ranges("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");
/** RFC 3927; RFC 4291 §2.5.6. */
const LINK_LOCAL = ranges("169.254.0.0/16", "fe80::/10");

const words = new Int32Array(ADDRESS_WORDS);

const TWO = 0x32;
const COLON = 0x3a;

/** Classifies an address by its range alone. Cached, because parsing costs more than the rest of naming a connection. */
export class AddressKinds {
  readonly #external: ExternalNames;
  readonly #cache = new GenerationalCache<string, AddressKind>(MAX_CACHED);

  constructor(external: ExternalNames) {
    this.#external = external;
  }

  /** In a private range and in no configured CIDR: the owner may be a pod that the watch has not reported yet. */
  isPrivate(address: string): boolean {
    return this.#kindOf(address).isPrivate;
  }

  isLinkLocal(address: string): boolean {
    return this.#kindOf(address).isLinkLocal;
  }

  /** RFC 3927: routers do not forward it; some CNIs use it between a node and its pods. */
  isIpv4LinkLocal(address: string): boolean {
    return address.startsWith("169.254.");
  }

  /** In a configured CIDR, therefore outside the cluster. */
  isNamed(address: string): boolean {
    return this.#kindOf(address).isNamed;
  }

  #kindOf(address: string): AddressKind {
    let kind = this.#cache.get(address);
    if (kind === undefined) {
      const isNamed = this.#external.cidrName(address) !== null;
      kind = { isPrivate: isIn(PRIVATE, address) && !isNamed, isLinkLocal: isIn(LINK_LOCAL, address), isNamed };
      this.#cache.set(address, kind);
    }
    return kind;
  }
}

function isIn(ranges: readonly AddressRange[], address: string): boolean {
  return parseAddressInto(address, words, 0) && ranges.some((range) => range.contains(words, 0));
}

/** 127.0.0.0/8 and ::1, of a canonical address. */
export function isLoopbackAddress(address: string): boolean {
  // The second character rules out nearly every address without a text comparison.
  const second = address.charCodeAt(1);
  return (second === TWO && address.startsWith("127.")) || (second === COLON && address === "::1");
}

function ranges(...cidrs: readonly string[]): readonly AddressRange[] {
  return cidrs.flatMap((cidr) => AddressRange.parse(cidr) ?? []);
}
