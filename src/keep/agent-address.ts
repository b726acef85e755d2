import { ConfigError } from "../model/errors.ts";

/** Where the agent serves its graph: the path of a Unix socket, or a port of this machine's loopback. */
export type AgentAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** `unix:PATH`, `PORT` or `HOST:PORT` with a loopback address. Throws ConfigError. */
export function parseAgentAddress(written: string): AgentAddress {
  const path = /^unix:(.+)$/.exec(written)?.[1];
  if (path !== undefined) return { path };
  const [, host = "127.0.0.1", port = ""] = /^(?:(localhost|127\.[\d.]+|\[::1\]):)?(\d{1,5})$/.exec(written) ?? [];
  if (port === "" || Number(port) < 1 || Number(port) > 65_535) {
    throw new ConfigError(
      `invalid --agent ${JSON.stringify(written)}: expected unix:PATH, or a port on loopback such as 9464 or [::1]:9464, where the agent has --listen`,
    );
  }
  return { host: host.replaceAll(/[[\]]/g, ""), port: Number(port) };
}
