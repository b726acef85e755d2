import { resolve } from "node:path";
import { ConfigError } from "../model/errors.ts";

/** Where health and metrics are served. `written` is the option's value, for messages. */
export type ListenAddress =
  | {
      readonly type: "port";
      /** Null: every address of this machine. */
      readonly host: string | null;
      readonly port: number;
      readonly written: string;
    }
  | { readonly type: "socket"; readonly path: string; readonly written: string };

/** True if other machines can reach it at any address of this machine. */
export function isEveryAddress(address: ListenAddress): boolean {
  return address.type === "port" && (address.host === null || address.host === "0.0.0.0" || address.host === "::");
}

/** The addresses of a repeated option. Throws ConfigError if one is invalid, or covered by another one. */
export function parseListenAddresses(written: readonly string[]): ListenAddress[] {
  const addresses = written.map(parseListenAddress);
  for (const [index, address] of addresses.entries()) {
    const earlier = addresses.slice(0, index).find((other) => overlap(address, other));
    if (earlier === undefined) continue;
    const same = address.type === "socket" ? "socket" : "port at the same address";
    throw new ConfigError(
      earlier.written === address.written
        ? `--listen ${address.written} is passed twice; omit one`
        : `--listen ${earlier.written} and --listen ${address.written} are the same ${same}; leave one out`,
    );
  }
  return addresses;
}

function overlap(one: ListenAddress, other: ListenAddress): boolean {
  if (one.type === "socket" || other.type === "socket") {
    return one.type === "socket" && other.type === "socket" && resolve(one.path) === resolve(other.path);
  }
  // The kernel chooses a free port for each 0.
  if (one.port !== other.port || one.port === 0) return false;
  return one.host === other.host || covers(one.host, other.host) || covers(other.host, one.host);
}

/** `::` covers IPv4 too: Node listens on both. */
function covers(host: string | null, other: string | null): boolean {
  if (host === null || host === "::") return true;
  return host === "0.0.0.0" && other?.includes(":") === false;
}

/**
 * `PORT` is localhost, `:PORT` every address, `ADDRESS:PORT` that one, IPv6 in brackets; `unix:PATH` is a Unix socket.
 * Port 0 lets the kernel choose. Throws ConfigError.
 */
export function parseListenAddress(written: string): ListenAddress {
  const path = /^unix:(.+)$/.exec(written)?.[1];
  if (path !== undefined) return { type: "socket", path, written };
  const [, host, port = ""] = /^(?:(.*):)?(\d{1,5})$/.exec(written) ?? [];
  const name = /^\[([\da-fA-F:.]+)\]$/.exec(host ?? "")?.[1] ?? host;
  if (port === "" || Number(port) > 65_535 || (name === host && name?.includes(":"))) {
    throw new ConfigError(
      `invalid --listen ${JSON.stringify(written)}: expected [ADDRESS:]PORT, such as 9464 (localhost), :9464 (every address), 10.0.0.5:9464 or [::1]:9464, or unix:PATH`,
    );
  }
  return {
    type: "port",
    host: name === undefined ? "127.0.0.1" : name === "" ? null : name,
    port: Number(port),
    written,
  };
}
