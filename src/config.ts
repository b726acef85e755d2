/**
 * What the person who runs wirespan has asked for, checked. Every mistake is a ConfigError with the fix in its sentence;
 * nothing is corrected in silence.
 */

import type { NamedCidr } from "./inventory/addresses/external-names.ts";
import { AddressRange } from "./model/address-range.ts";
import { ConfigError } from "./model/errors.ts";
import { ipaddr } from "./model/ipaddr.ts";

/** Options that replay and agent share, as the command line gives them; absent where they were not given. */
export interface CommonOptions {
  /** Files; all of them together are the cluster. */
  readonly cluster?: readonly string[];
  readonly events?: string;
  readonly node?: string;
  /** Lists of names, which are united. */
  readonly agents?: readonly string[];
  readonly externalCidr?: readonly string[];
  readonly dnsPort?: readonly string[];
  readonly clusterDomain: string;
  readonly preferLabels?: boolean;
  readonly keepNodes?: boolean;
  readonly format?: string;
  readonly output?: string;
  readonly otlp?: boolean;
  readonly keepInstrumented?: boolean;
  readonly aggregateFor?: string;
  readonly maxPairsPerEdge?: string;
  readonly stats?: string;
}

/** The same, checked, as the pipeline wants it. */
export interface Settings {
  /** Nodes with an agent; null when it was not said. */
  readonly agents: ReadonlySet<string> | null;
  readonly dnsPorts: readonly number[];
  readonly externalCidrs: readonly NamedCidr[];
  readonly clusterDomain: string;
}

const DEFAULT_DNS_PORT = 53;

/** Throws ConfigError. */
export function readSettings(options: CommonOptions): Settings {
  if (options.node === "") throw new ConfigError("--node is empty; give the node's name, or leave the option out");
  return {
    agents: parseAgents(options.agents),
    dnsPorts: parseDnsPorts(options.dnsPort ?? []),
    externalCidrs: (options.externalCidr ?? []).map(parseNamedCidr),
    clusterDomain: parseDomain(options.clusterDomain),
  };
}

/** Lists like `A,B` as one set of node names; null when none was given. */
function parseAgents(texts: readonly string[] | undefined): ReadonlySet<string> | null {
  if (texts === undefined) return null;
  return new Set(texts.flatMap(parseNames));
}

function parseNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) {
    throw new ConfigError(
      `--agents ${JSON.stringify(text)} has an empty name; write node names with commas between, A,B`,
    );
  }
  return names;
}

/** `10.1.0.0/16=office`. */
function parseNamedCidr(text: string): NamedCidr {
  const equals = text.indexOf("=");
  const cidr = text.slice(0, equals);
  const name = text.slice(equals + 1);
  if (equals < 0 || name === "" || !isFullCidr(cidr)) {
    throw new ConfigError(`--external-cidr ${JSON.stringify(text)} is not CIDR=NAME; write it like 10.1.0.0/16=office`);
  }
  return { cidr, name };
}

/** An IPv4 range must have all four parts: `10.1/16` would be read as 10.0.0.1/16. */
function isFullCidr(cidr: string): boolean {
  const isWrittenOut = cidr.includes(":") || ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr);
  return isWrittenOut && AddressRange.parse(cidr) !== null;
}

/** DNS ports: 53, and those given besides. */
export function parseDnsPorts(texts: readonly string[]): number[] {
  const ports = texts.map((text) => {
    const port = Number(text);
    if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
      throw new ConfigError(
        `--dns-port ${JSON.stringify(text)} is not a port; give a number from 1 to 65535, such as 5353`,
      );
    }
    return port;
  });
  return [...new Set([DEFAULT_DNS_PORT, ...ports])];
}

/** A DNS domain; the root's dot at its end says nothing more. */
function parseDomain(text: string): string {
  const domain = text.replace(/\.$/, "");
  if (!/^[\w-]{1,63}(\.[\w-]{1,63})*$/.test(domain)) {
    throw new ConfigError(
      `--cluster-domain ${JSON.stringify(text)} is not a DNS domain; write it like cluster.local, or leave it out`,
    );
  }
  return domain;
}
