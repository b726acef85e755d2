// Why a replay draws nothing, in the words of a person, from what the stages counted.
import {
  TUNNELS,
  type Tunnel,
  IGNORED_REASONS as UNREAD_REASONS,
  type IgnoredReason as UnreadReason,
} from "../decode/network/decode-counters.ts";
import { IGNORED_REASONS, type IgnoredReason } from "../resolve/resolve-counters.ts";
import type { ReplayResult } from "./replay.ts";

/** Facts that draw nothing. */
const REASONS: Readonly<Record<IgnoredReason, string>> = {
  dns_transport: "DNS itself",
  loopback: "on the loopback",
  probe: "probes of the kubelet",
  own_traffic: "wirespan's own",
  reported_elsewhere: "for another node to tell (leave out --node to see all)",
  unfinished: "open when the capture ends",
  forwarded_lookup: "lookups passed on by a DNS server",
  unasked_answer: "answers that nobody asked for",
  spoofed_source: "with a pod's address, from another pod",
  lookup_type: "lookups of other types than A and AAAA",
};

/** Packets that never became a fact. */
const UNREAD: Readonly<Record<UnreadReason, string>> = {
  link_type: "of a link type that wirespan does not read",
  not_ip: "not IP",
  truncated: "cut by the capture (tcpdump -s 0 keeps them whole)",
  malformed: "malformed",
  fragment: "fragments without the rest of them",
  fragment_copy: "copies of fragments",
  uninteresting: "neither handshake nor DNS",
  multicast_dns: "of multicast DNS, which are no lookups",
  dns_opcode: "DNS other than queries",
  dns_no_question: "DNS without a question",
  dns_out_of_sync: "DNS over TCP from the middle of a stream",
};

/** One sentence on what was seen and why nothing of it is drawn, for results without any interaction. */
export function explainEmptyGraph(results: readonly ReplayResult[]): string {
  const sum = (countOf: (result: ReplayResult) => number): number =>
    results.reduce((total, result) => total + countOf(result), 0);
  const facts = sum(({ resolve }) => resolve.connections + resolve.lookups);
  if (facts > 0) {
    const known = IGNORED_REASONS.map(
      (reason) => [sum(({ resolve }) => resolve.ignored[reason]), REASONS[reason]] as const,
    );
    const rest = facts - known.reduce((total, [count]) => total + count, 0);
    return `what was seen is left out: ${listOf([...known, [rest, "lookups that belong to no edge"]])}`;
  }
  const seen = listOf([
    [sum(({ sensor }) => sensor.decode.segments), "of TCP connections that began before the capture"],
    [sum(({ sensor }) => sensor.decode.messages), "DNS messages without their question or answer"],
    [sum(({ sensor }) => sensor.decode.unreachables), "ICMP errors about connections that began before"],
    ...UNREAD_REASONS.map((reason) => [sum(({ sensor }) => unread(sensor.decode, reason)), UNREAD[reason]] as const),
    ...inTunnels(results),
  ]);
  return `the capture shows no whole TCP handshake and no whole DNS lookup, but packets: ${seen}; ${tunnelFix(results) ?? "capture while connections are made"}`;
}

/** Packets that hold others. */
const IN_TUNNELS: Readonly<Record<Tunnel, string>> = {
  vxlan: "inside VXLAN (UDP 4789 or 8472)",
  geneve: "inside Geneve (UDP 6081)",
  gre: "inside GRE",
  ip_in_ip: "inside IP in IP",
  encrypted: "encrypted (WireGuard, IPsec)",
};
const ON_THE_NODE = "capture on the nodes themselves with tcpdump -i any, where they are seen outside it too";
/** Ethernet, IPv4, UDP and VXLAN. */
const STRIPPED = "or take off the outer headers of a mirrored capture with editcap -C 50";

/** Tunnels stand apart. */
function unread({ ignored, tunnels }: ReplayResult["sensor"]["decode"], reason: UnreadReason): number {
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

/** What to do where most packets are in tunnels, which are not opened; null where they are not. */
function tunnelFix(results: readonly ReplayResult[]): string | null {
  const packets = results.reduce((sum, { sensor }) => sum + sensor.packets, 0);
  const counts = inTunnels(results);
  if (counts.reduce((sum, [count]) => sum + count, 0) * 2 <= packets) return null;
  const isStrippable = counts.some(([count, what]) => count > 0 && what === IN_TUNNELS.vxlan);
  return `what is inside a tunnel is not read: ${ON_THE_NODE}${isStrippable ? `, ${STRIPPED}` : ""}`;
}

/** Says that most of a capture is inside tunnels, for results that have something all the same; null where it is not. */
export function mostlyTunnelled(results: readonly ReplayResult[]): string | null {
  const fix = tunnelFix(results);
  return fix === null ? null : `most packets are not seen whole, ${listOf(inTunnels(results))}; ${fix}`;
}

/** Those that there are: `2 of one kind, 1 of another`. */
function listOf(counts: Counted): string {
  return counts.flatMap(([count, what]) => (count > 0 ? `${count} ${what}` : [])).join(", ");
}

/** What is wrong for a capture that holds DNS answers without their questions; null where there are others. */
export function answersOnly(results: readonly ReplayResult[]): string | null {
  let [lookups, unasked] = [0, 0];
  for (const { resolve } of results) {
    lookups += resolve.lookups;
    unasked += resolve.ignored.unasked_answer;
  }
  if (unasked === 0 || unasked < lookups) return null;
  return `none of the ${unasked} DNS answers has its question in the capture, so that none gives a name: capture both directions of port 53`;
}
