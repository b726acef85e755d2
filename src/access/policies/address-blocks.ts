import { canonicalAddress } from "../../model/address.ts";

export const EVERYWHERE: readonly string[] = ["0.0.0.0/0", "::/0"];

/** Sorted, each once; without texts that are no addresses. */
export function blocksOf(addresses: readonly string[]): readonly string[] {
  return [...new Set(addresses.flatMap((address) => blockOf(address) ?? []))].sort();
}

/** The CIDR block of one address: `10.1.2.3/32`; null if the text is no address. */
function blockOf(address: string): string | null {
  const canonical = canonicalAddress(address);
  if (canonical === null) return null;
  return `${canonical}/${canonical.includes(":") ? 128 : 32}`;
}
