/** Validates command-line options. An invalid value is a ConfigError that names the fix; none is corrected silently. */

import type { NamedCidr } from "./inventory/addresses/external-names.ts";
import { AddressRange } from "./model/address-range.ts";
import { DNS_PORT } from "./model/dns-message.ts";
import { ConfigError } from "./model/errors.ts";

/** Options that replay and agent share, as commander returns them; absent without the option. */
export interface CommonOptions {
  /** Files whose objects are merged into one cluster. */
  readonly cluster?: readonly string[];
  readonly events?: string;
  readonly node?: string;
  /** Comma-separated lists, merged. */
  readonly agents?: readonly string[];
  readonly externalCidr?: readonly string[];
  readonly dnsPort?: readonly string[];
  readonly clusterDomain: string;
  readonly preferLabels?: boolean;
  readonly keepNodes?: boolean;
  readonly format?: string;
  readonly output?: string | undefined;
  readonly otlp?: boolean;
  readonly keepInstrumented?: boolean;
  readonly aggregateFor?: string;
  readonly maxPairsPerEdge?: string;
  readonly stats?: string;
}

/** The validated options of the pipeline. */
interface Settings {
  /** Nodes with an agent; null without `--agents`. */
  readonly agents: ReadonlySet<string> | null;
  readonly dnsPorts: readonly number[];
  readonly externalCidrs: readonly NamedCidr[];
  readonly clusterDomain: string;
}

/** Throws ConfigError. */
export function readSettings(
  options: Pick<CommonOptions, "node" | "agents" | "dnsPort" | "externalCidr" | "clusterDomain">,
): Settings {
  if (options.node === "") throw new ConfigError("--node is empty; pass a value, or omit the option");
  return {
    agents: parseAgents(options.agents),
    dnsPorts: parseDnsPorts(options.dnsPort ?? []),
    externalCidrs: (options.externalCidr ?? []).map(parseNamedCidr),
    clusterDomain: parseDomain(options.clusterDomain),
  };
}

/** Merges lists such as `A,B`; null without a list. */
function parseAgents(texts: readonly string[] | undefined): ReadonlySet<string> | null {
  if (texts === undefined) return null;
  return new Set(texts.flatMap(parseNames));
}

function parseNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) {
    throw new ConfigError(
      `invalid --agents ${JSON.stringify(text)}: empty name; separate node names with commas, such as A,B`,
    );
  }
  return names;
}

/** `10.1.0.0/16=office`. */
export function parseNamedCidr(text: string): NamedCidr {
  const equals = text.indexOf("=");
  const cidr = text.slice(0, equals);
  const name = text.slice(equals + 1);
  if (equals < 0 || name === "" || AddressRange.parse(cidr) === null) {
    throw new ConfigError(
      `invalid --external-cidr ${JSON.stringify(text)}: expected CIDR=NAME, such as 10.1.0.0/16=office`,
    );
  }
  return { cidr, name };
}

/** Port 53 and the ports of the option. */
export function parseDnsPorts(texts: readonly string[]): number[] {
  const ports = texts.map((text) => {
    const port = Number(text);
    if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
      throw new ConfigError(
        `invalid --dns-port ${JSON.stringify(text)}: expected a port from 1 to 65535, such as 5353`,
      );
    }
    return port;
  });
  return [...new Set([DNS_PORT, ...ports])];
}

/** A DNS domain without the trailing dot of the root. */
function parseDomain(text: string): string {
  const domain = text.replace(/\.$/, "");
  if (!/^[\w-]{1,63}(\.[\w-]{1,63})*$/.test(domain)) {
    throw new ConfigError(
      `invalid --cluster-domain ${JSON.stringify(text)}: expected a DNS domain, such as cluster.local`,
    );
  }
  return domain;
}
