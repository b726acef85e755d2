import { ConfigError } from "../model/errors.ts";

export interface ListenAddress {
  /** Null: every address of this machine. */
  readonly host: string | null;
  readonly port: number;
  /** As it was written, for messages. */
  readonly written: string;
}

/** Whether others can reach it at any address of this machine. */
export function isEveryAddress({ host }: ListenAddress): boolean {
  return host === null || host === "0.0.0.0" || host === "::";
}

/**
 * `PORT` is this machine only, `:PORT` every address, `ADDRESS:PORT` that one, IPv6 in brackets. Port 0 lets the kernel
 * choose. Throws ConfigError.
 */
export function parseListenAddress(written: string): ListenAddress {
  const [, host, port = ""] = /^(?:(.*):)?(\d{1,5})$/.exec(written) ?? [];
  const name = /^\[([\da-fA-F:.]+)\]$/.exec(host ?? "")?.[1] ?? host;
  if (port === "" || Number(port) > 65_535 || (name === host && name?.includes(":"))) {
    throw new ConfigError(
      `--listen ${JSON.stringify(written)} is not [ADDRESS:]PORT; write 9464 for this machine only, :9464 for every address, or one like 10.0.0.5:9464 or [::1]:9464`,
    );
  }
  return { host: name === undefined ? "127.0.0.1" : name === "" ? null : name, port: Number(port), written };
}
