import { ADDRESS_WORDS, parseAddressInto } from "../../model/address.ts";

const words = new Int32Array(ADDRESS_WORDS);

/** The /24 (IPv4) or /64 (IPv6) of a canonical address, as text. Addresses of one prefix belong to one network. */
export function prefixOf(address: string): string {
  if (!address.includes(":")) return address.slice(0, address.lastIndexOf("."));
  parseAddressInto(address, words, 0);
  return `${words[0]} ${words[1]}`;
}
