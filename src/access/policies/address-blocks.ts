import { canonicalAddress } from "../../model/address.ts";

/** The CIDR block of one address: `10.1.2.3/32`; null if the text is no address. */
export function blockOf(address: string): string | null {
  const canonical = canonicalAddress(address);
  if (canonical === null) return null;
  return `${canonical}/${canonical.includes(":") ? 128 : 32}`;
}
