import { type IgnoredReason, TUNNELS, type Tunnel } from "./decode-counters.ts";

/** https://www.iana.org/assignments/protocol-numbers */
const ENCAPSULATION: ReadonlyMap<number, Tunnel> = new Map([
  [4, "ip_in_ip"],
  [41, "ip_in_ip"],
  [47, "gre"],
  [50, "encrypted"],
]);

/** By destination: VXLAN (RFC 7348, and Linux's default), Geneve (RFC 8926), WireGuard (Calico's, Cilium's), IPsec over UDP. */
const UDP_TUNNELS: ReadonlyMap<number, Tunnel> = new Map([
  [4789, "vxlan"],
  [8472, "vxlan"],
  [6081, "geneve"],
  [51820, "encrypted"],
  [51821, "encrypted"],
  [51871, "encrypted"],
  [4500, "encrypted"],
]);

/** What an IP protocol is that carries neither TCP nor UDP nor ICMP. */
export function otherProtocol(protocol: number): Tunnel | "uninteresting" {
  return ENCAPSULATION.get(protocol) ?? "uninteresting";
}

/** What a UDP datagram is that is not for a port of DNS. */
export function otherDatagram(destinationPort: number): Tunnel | "uninteresting" {
  return UDP_TUNNELS.get(destinationPort) ?? "uninteresting";
}

const NAMES: ReadonlySet<string> = new Set(TUNNELS);

export function isTunnel(reason: IgnoredReason | Tunnel): reason is Tunnel {
  return NAMES.has(reason);
}
