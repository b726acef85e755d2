/** The addresses of both ends of a TCP connection; undefined once it is closed. */
interface ConnectionAddresses {
  readonly localAddress?: string | undefined;
  readonly remoteAddress?: string | undefined;
}

/**
 * Whether both ends of a connection are loopback addresses, as of a port-forward. One end is not enough: a neighbor can
 * send packets to 127.0.0.1 where the kernel routes them (`route_localnet`).
 */
export function isLoopbackConnection({ localAddress, remoteAddress }: ConnectionAddresses): boolean {
  return isLoopback(localAddress) && isLoopback(remoteAddress);
}

/**
 * Whether a `Host` header names this machine by a loopback address or as localhost. Another name that resolves to it
 * means that a web page sent the request (DNS rebinding).
 */
export function isLoopbackHost(header: string | undefined): boolean {
  const host = /^(?:\[([\da-fA-F:.]+)\]|([^:]*))(?::\d*)?$/.exec(header ?? "");
  const name = host?.[1] ?? host?.[2] ?? "";
  return name.toLowerCase() === "localhost" || isLoopback(name);
}

function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const v4 = /^::ffff:([\d.]+)$/i.exec(address)?.[1] ?? address;
  return /^127(\.\d{1,3}){3}$/.test(v4) || address === "::1";
}
