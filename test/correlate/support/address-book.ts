import type { Endpoint, Tuple } from "../../../src/model/connection.ts";

/** Who takes part in a scenario: its address in both families, and the port it uses. */
const ENDS = {
  /** A client pod, and the same pod where it serves itself. */
  C: ["10.42.1.5", "fd42:1::5", 40_000],
  Self: ["10.42.1.5", "fd42:1::5", 8080],
  /** A server pod, on whichever node the row says. */
  S: ["10.42.2.7", "fd42:2::7", 8080],
  /** A ClusterIP. */
  VIP: ["10.96.0.10", "fd96::a", 80],
  /** The node: as the source that masquerades, as a host process that serves, as a node port. */
  N: ["192.168.1.11", "fd11::b", 42_000],
  H: ["192.168.1.11", "fd11::b", 9100],
  NP: ["192.168.1.11", "fd11::b", 30_080],
  /** The bridge's own address, and the tunnel's: a host process or a masqueraded client leaves with these. */
  G: ["10.42.1.1", "fd42:1::1", 42_000],
  F: ["10.42.1.0", "fd42:1::", 42_000],
  /** The source that eBPF gives a pod that dials itself. */
  L: ["169.254.42.1", "fe80::2a01", 40_000],
  /** Another node: as the entry of traffic from outside. */
  M: ["192.168.1.12", "fd11::c", 43_000],
  /** A client outside, and a server outside. */
  X: ["203.0.113.9", "2001:db8::9", 50_000],
  E: ["198.51.100.7", "2001:db8:1::7", 443],
  /** Cluster DNS by its ClusterIP, by its pod as a server and as a client; a node-local cache; a resolver upstream. */
  DNS: ["10.96.0.53", "fd96::35", 53],
  Core: ["10.42.3.53", "fd42:3::35", 53],
  CoreAsks: ["10.42.3.53", "fd42:3::35", 44_000],
  Cache: ["169.254.20.10", "fe80::a", 53],
  Up: ["192.0.2.53", "2001:db8:2::35", 53],
} as const satisfies Record<string, readonly [string, string, number]>;

export type EndName = keyof typeof ENDS;
export const FAMILIES = ["IPv4", "IPv6"] as const;
export type Family = (typeof FAMILIES)[number];

/** Ports that differ from the book's: a scenario with many connections gives each client its own. */
export type Ports = Partial<Record<EndName, number>>;

export function endpoint(name: string, family: Family, ports: Ports = {}): Endpoint {
  const end = ENDS[name as EndName];
  if (end === undefined) throw new Error(`no address is named ${name}`);
  return { address: family === "IPv4" ? end[0] : end[1], port: ports[name as EndName] ?? end[2] };
}

/** The tuple of `"C>VIP"`. */
export function tuple(text: string, family: Family, ports: Ports = {}): Tuple {
  const [source = "", destination = ""] = text.split(">");
  return { source: endpoint(source, family, ports), destination: endpoint(destination, family, ports) };
}

/** SLL packet types by short names: to this host, to another (a bridge's port), from this one, none of these; over `lo`. */
const PACKET_TYPES: Readonly<Record<string, number>> = { in: 0, oth: 3, out: 4, unknown: 7, lo: 0 };

export interface Sighting extends Tuple {
  readonly packetType: number;
  readonly isLoopback?: boolean;
}

/** The sightings of `"oth C>VIP; in C>S; out C>S"`: one packet on its way over a node's interfaces. */
export function sightings(path: string, family: Family, ports: Ports = {}): Sighting[] {
  return path.split(";").map((part) => {
    const [type = "", ends = ""] = part.trim().split(" ");
    const packetType = PACKET_TYPES[type];
    if (packetType === undefined) throw new Error(`no packet type: ${type}`);
    return { packetType, isLoopback: type === "lo", ...tuple(ends, family, ports) };
  });
}
