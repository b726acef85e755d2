/** An address of this link only, as of a node-local DNS cache or a metadata service. IPv4 and IPv6, also with a prefix. */
export function isLinkLocal(address: string): boolean {
  return /^169\.254\.|^fe[89ab][0-9a-f]:/i.test(address);
}
