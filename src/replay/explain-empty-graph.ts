// Why the graph of a replay is empty or incomplete, from the counters of the stages.
import { IGNORED_REASONS, type IgnoredReason, TUNNELS, type Tunnel } from "../decode/network/decode-counters.ts";
import { IGNORED_FACT_REASONS, type IgnoredFactReason } from "../resolve/resolve-counters.ts";
import type { ReplayResult } from "./replay.ts";

/** Facts of which no interaction is made. */
const FACTS: Readonly<Record<IgnoredFactReason, string>> = {
  dns_transport: "TCP connections for DNS",
  loopback: "on the loopback interface",
  probe: "kubelet probes",
  own_traffic: "of wirespan itself",
  reported_elsewhere: "reported by the agent of another node (leave out --node to see all)",
  unfinished: "cut off by the start or end of the capture (capture for some seconds more)",
  forwarded_lookup: "forwarded by a DNS server",
  unasked_answer: "answered without a question",
  spoofed_source: "with a spoofed source address",
  lookup_type: "of other DNS types than A and AAAA",
};

/** Packets of which no fact is made. */
const PACKETS: Readonly<Record<IgnoredReason, string>> = {
  link_type: "of a link type that wirespan does not read",
  not_ip: "not IP",
  truncated: "cut by the capture (tcpdump -s 0 keeps them whole)",
  malformed: "malformed",
  fragment: "fragments of incomplete packets",
  fragment_copy: "copies of fragments",
  uninteresting: "neither handshake nor DNS",
  multicast_dns: "multicast DNS",
  dns_opcode: "DNS other than queries",
  dns_no_question: "DNS without a question",
  dns_out_of_sync: "DNS over TCP from the middle of a stream",
};

/** For results without any interaction: what was captured, and why the graph is empty. */
export function explainEmptyGraph(results: readonly ReplayResult[]): string {
  const sum = (countOf: (result: ReplayResult) => number): number =>
    results.reduce((total, result) => total + countOf(result), 0);
  const facts = sum(({ resolve }) => resolve.connections + resolve.lookups);
  if (facts > 0) {
    const known = IGNORED_FACT_REASONS.map(
      (reason) => [sum(({ resolve }) => resolve.ignored[reason]), FACTS[reason]] as const,
    );
    const rest = facts - known.reduce((total, [count]) => total + count, 0);
    return `all connections and lookups are ignored: ${listOf([...known, [rest, "part of another lookup"]])}`;
  }
  const seen = listOf([
    [sum(({ sensor }) => sensor.decode.segments), "of TCP connections that began before the capture"],
    [sum(({ sensor }) => sensor.decode.messages), "DNS queries without answer, or answers without query"],
    [sum(({ sensor }) => sensor.decode.unreachables), "ICMP errors about connections that began before"],
    ...IGNORED_REASONS.map((reason) => [sum(({ sensor }) => ignored(sensor.decode, reason)), PACKETS[reason]] as const),
    ...inTunnels(results),
  ]);
  return `the capture has no complete TCP handshake and no complete DNS lookup, only packets: ${seen}; ${tunnelFix(results) ?? "capture while connections are made"}`;
}

/** Packets that contain other packets. */
const IN_TUNNELS: Readonly<Record<Tunnel, string>> = {
  vxlan: "inside VXLAN (UDP 4789 or 8472)",
  geneve: "inside Geneve (UDP 6081)",
  gre: "inside GRE",
  ip_in_ip: "inside IP in IP",
  encrypted: "encrypted (WireGuard, IPsec)",
};
const ON_THE_NODE = "capture on the nodes with tcpdump -i any, which also shows the packets outside the tunnel";
/** 50 bytes: Ethernet, IPv4, UDP and VXLAN. */
const STRIPPED = "or remove the outer headers of a mirrored capture with editcap -C 50";

/** Packets in tunnels are listed separately. */
function ignored({ ignored, tunnels }: ReplayResult["sensor"]["decode"], reason: IgnoredReason): number {
  if (reason !== "uninteresting") return ignored[reason];
  return Object.values(tunnels).reduce((rest, count) => rest - count, ignored.uninteresting);
}

type Counted = readonly (readonly [count: number, what: string])[];

function inTunnels(results: readonly ReplayResult[]): Counted {
  return TUNNELS.map((tunnel) => [
    results.reduce((sum, { sensor }) => sum + sensor.decode.tunnels[tunnel], 0),
    IN_TUNNELS[tunnel],
  ]);
}

/** What to do when most packets are in tunnels, which wirespan does not read; null: they are not. */
function tunnelFix(results: readonly ReplayResult[]): string | null {
  const packets = results.reduce((sum, { sensor }) => sum + sensor.packets, 0);
  const counts = inTunnels(results);
  if (counts.reduce((sum, [count]) => sum + count, 0) * 2 <= packets) return null;
  const isStrippable = counts.some(([count, what]) => count > 0 && what === IN_TUNNELS.vxlan);
  return `packets inside a tunnel are not read: ${ON_THE_NODE}${isStrippable ? `, ${STRIPPED}` : ""}`;
}

/** For results with interactions: whether most packets are inside tunnels; null: they are not. */
export function describeTunnels(results: readonly ReplayResult[]): string | null {
  const fix = tunnelFix(results);
  return fix === null ? null : `most packets are in tunnels, ${listOf(inTunnels(results))}; ${fix}`;
}

/** `2 of one kind, 1 of another`. */
function listOf(counts: Counted): string {
  return counts.flatMap(([count, what]) => (count > 0 ? `${count} ${what}` : [])).join(", ");
}

/** For captures of DNS answers without any of their questions; null: some have theirs. */
export function describeAnswersOnly(results: readonly ReplayResult[]): string | null {
  let [lookups, unasked] = [0, 0];
  for (const { resolve } of results) {
    lookups += resolve.lookups;
    unasked += resolve.ignored.unasked_answer;
  }
  if (unasked === 0 || unasked < lookups) return null;
  return `none of the ${unasked} DNS answers has its question in the capture, so names are missing: capture both directions of port 53`;
}
