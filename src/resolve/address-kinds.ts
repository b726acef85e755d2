import { TwoGenerationMap } from "../bounded/two-generation-map.ts";
import { ipaddr } from "../model/ipaddr.ts";
import type { ExternalNames } from "./external-names.ts";

interface AddressKind {
  readonly isPrivate: boolean;
  readonly isLinkLocal: boolean;
}

const MAX_REMEMBERED = 32_768;

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

  #kindOf(address: string): AddressKind {
    let kind = this.#remembered.get(address);
    if (kind === undefined) {
      kind = {
        isPrivate: isPrivateAddress(address) && this.#external.cidrName(address) === null,
        isLinkLocal: isLinkLocalAddress(address),
      };
      this.#remembered.set(address, kind);
    }
    return kind;
  }
}

/** Whether an address cannot be a public host: its owner may be a pod of a network that the nodes' ranges do not tell. */
function isPrivateAddress(address: string): boolean {
  const range = ipaddr.parse(address).range();
  return range === "private" || range === "uniqueLocal" || range === "carrierGradeNat";
}

function isLinkLocalAddress(address: string): boolean {
  return ipaddr.parse(address).range() === "linkLocal";
}

/** 127.0.0.0/8 and ::1, of a canonical address. */
export function isLoopbackAddress(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
