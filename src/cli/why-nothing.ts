// Why a replay draws nothing, in the words of a person, from what the stages counted.
import { IGNORED_REASONS as UNREAD_REASONS, type IgnoredReason as UnreadReason } from "../decode/decode-counters.ts";
import type { ReplayResult } from "../replay.ts";
import { IGNORED_REASONS, type IgnoredReason } from "../resolve/resolve-counters.ts";

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
  dns_opcode: "DNS other than queries",
  dns_no_question: "DNS without a question",
  dns_out_of_sync: "DNS over TCP from the middle of a stream",
};

/** One sentence on what was seen and why nothing of it is drawn, for results without any interaction. */
export function whyNothing(results: readonly ReplayResult[]): string {
  const sum = (countOf: (result: ReplayResult) => number): number =>
    results.reduce((total, result) => total + countOf(result), 0);
  const facts = sum(({ resolve }) => resolve.connections + resolve.lookups);
  const parts = (counts: readonly (readonly [count: number, what: string])[]): string =>
    counts.flatMap(([count, what]) => (count > 0 ? `${count} ${what}` : [])).join(", ");
  if (facts > 0) {
    const known = IGNORED_REASONS.map(
      (reason) => [sum(({ resolve }) => resolve.ignored[reason]), REASONS[reason]] as const,
    );
    const rest = facts - known.reduce((total, [count]) => total + count, 0);
    return `what was seen is left out: ${parts([...known, [rest, "lookups that belong to no edge"]])}`;
  }
  const seen = parts([
    [sum(({ sensor }) => sensor.decode.segments), "of TCP connections that began before the capture"],
    [sum(({ sensor }) => sensor.decode.messages), "DNS messages without their question or answer"],
    [sum(({ sensor }) => sensor.decode.unreachables), "ICMP errors about connections that began before"],
    ...UNREAD_REASONS.map((reason) => [sum(({ sensor }) => sensor.decode.ignored[reason]), UNREAD[reason]] as const),
  ]);
  return `the capture shows no whole TCP handshake and no whole DNS lookup, but packets: ${seen}; capture while connections are made`;
}
