import { type IgnoredReason, TUNNELS, type Tunnel } from "./decode-counters.ts";

/** https://www.iana.org/assignments/protocol-numbers */
const ENCAPSULATION: ReadonlyMap<number, Tunnel> = new Map([
  [4, "ip_in_ip"],
  [41, "ip_in_ip"],
  [47, "gre"],
  [50, "encrypted"],
]);

/** Destination ports of VXLAN (RFC 7348, and the default of Linux), Geneve (RFC 8926), WireGuard (Calico, Cilium), IPsec. */
const UDP_TUNNELS: ReadonlyMap<number, Tunnel> = new Map([
  [4789, "vxlan"],
  [8472, "vxlan"],
  [6081, "geneve"],
  [51820, "encrypted"],
  [51821, "encrypted"],
  [51871, "encrypted"],
  [4500, "encrypted"],
]);

/** Classifies an IP protocol other than TCP, UDP and ICMP. */
export function otherProtocol(protocol: number): Tunnel | "uninteresting" {
  return ENCAPSULATION.get(protocol) ?? "uninteresting";
}

/** Classifies a UDP datagram to a port other than those of DNS. */
export function otherDatagram(destinationPort: number): Tunnel | "uninteresting" {
  return UDP_TUNNELS.get(destinationPort) ?? "uninteresting";
}

const NAMES: ReadonlySet<string> = new Set(TUNNELS);

export function isTunnel(reason: IgnoredReason | Tunnel): reason is Tunnel {
  return NAMES.has(reason);
}
