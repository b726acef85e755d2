// EDGE: this machine's interfaces.
import { networkInterfaces } from "node:os";
import { canonicalAddress } from "../model/address.ts";

/** Addresses of this machine's interfaces, without the loopback interface. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => canonicalAddress(address))
    .filter((address) => address !== null);
}
