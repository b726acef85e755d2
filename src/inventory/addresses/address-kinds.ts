import { TwoGenerationMap } from "../../bounded/two-generation-map.ts";
import { ADDRESS_WORDS, parseAddressInto } from "../../model/address.ts";
import { AddressRange } from "../../model/address-range.ts";
import type { ExternalNames } from "./external-names.ts";

interface AddressKind {
  readonly isPrivate: boolean;
  readonly isLinkLocal: boolean;
  readonly isNamed: boolean;
}

const MAX_REMEMBERED = 32_768;

/** RFC 1918; RFC 6598, shared by carrier-grade NAT; RFC 4193, unique local. */
const PRIVATE = ranges("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");
/** RFC 3927; RFC 4291 §2.5.6. */
const LINK_LOCAL = ranges("169.254.0.0/16", "fe80::/10");

const words = new Int32Array(ADDRESS_WORDS);

const TWO = 0x32;
const COLON = 0x3a;

/** What an address alone tells, remembered: parsing it for every connection would cost more than naming it. */
export class AddressKinds {
  readonly #external: ExternalNames;
  readonly #remembered = new TwoGenerationMap<string, AddressKind>(MAX_REMEMBERED);

  constructor(external: ExternalNames) {
    this.#external = external;
  }

  /** Private, and in no range that the configuration names: it may be of a pod that the API has not told of yet. */
  isPrivate(address: string): boolean {
    return this.#kindOf(address).isPrivate;
  }

  isLinkLocal(address: string): boolean {
    return this.#kindOf(address).isLinkLocal;
  }

  /** Of a range that no router passes on, and that networks use between a node and its pods. */
  isIpv4LinkLocal(address: string): boolean {
    return address.startsWith("169.254.");
  }

  /** In a range that the configuration names: it is outside, whatever it looks like. */
  isNamed(address: string): boolean {
    return this.#kindOf(address).isNamed;
  }

  #kindOf(address: string): AddressKind {
    let kind = this.#remembered.get(address);
    if (kind === undefined) {
      const isNamed = this.#external.cidrName(address) !== null;
      kind = {
        isPrivate: isPrivateAddress(address) && !isNamed,
        isLinkLocal: isLinkLocalAddress(address),
        isNamed,
      };
      this.#remembered.set(address, kind);
    }
    return kind;
  }
}

/** Whether an address cannot be a public host: its owner may be a pod of a network that the nodes' ranges do not tell. */
function isPrivateAddress(address: string): boolean {
  return isIn(PRIVATE, address);
}

function isLinkLocalAddress(address: string): boolean {
  return isIn(LINK_LOCAL, address);
}

function isIn(ranges: readonly AddressRange[], address: string): boolean {
  return parseAddressInto(address, words, 0) && ranges.some((range) => range.contains(words, 0));
}

/** 127.0.0.0/8 and ::1, of a canonical address. */
export function isLoopbackAddress(address: string): boolean {
  // Nearly every address is told by its second character, and no text is compared.
  const second = address.charCodeAt(1);
  return (second === TWO && address.startsWith("127.")) || (second === COLON && address === "::1");
}

function ranges(...cidrs: readonly string[]): readonly AddressRange[] {
  return cidrs.flatMap((cidr) => AddressRange.parse(cidr) ?? []);
}
