import { ADDRESS_WORDS, parseAddressInto } from "../model/address.ts";
import type { AddressRange } from "../model/address-range.ts";

const words = new Int32Array(ADDRESS_WORDS);

/** Whether a block contains an address; false if the text is no address. */
export function blockContains(block: AddressRange, address: string): boolean {
  return parseAddressInto(address, words, 0) && block.contains(words, 0);
}
