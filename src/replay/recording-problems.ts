// What is missing in a recording, in sentences with a fix.
import type { PacketSource } from "../capture/packet-source.ts";
import type { DecodeCounters } from "../decode/network/decode-counters.ts";

interface PacketCounts {
  readonly packets: number;
  readonly decode: DecodeCounters;
}

/** Packets of a recording that was read to its end, and that are cut, without a valid time or of unknown kind. */
export function describeMissingPackets(
  files: readonly string[],
  source: PacketSource,
  { packets, decode }: PacketCounts,
): string[] {
  const name = files.join(", ");
  const { isTruncated, badTimes } = source.counters;
  const problems: string[] = [];
  if (isTruncated) {
    problems.push(`${name} is truncated; the result covers the packets before the end, copy or capture the file again`);
  }
  if (badTimes > 0) {
    problems.push(
      `${badTimes} packets of ${name} have an invalid time; they get the time of the packet before them, or are skipped without one; check the interfaces with capinfos`,
    );
  }
  if (packets === 0 && problems.length === 0) return [`${name} holds no packets; capture while connections are made`];
  return [...problems, ...cutByCapture(name, decode), ...unreadLinkTypes(name, packets, decode.ignored.link_type)];
}

/** An events log lists the cluster at `listedMicros`, after the first packet; null: in time. */
export function describeLateListing(startMicros: number, listedMicros: number | null): string[] {
  if (listedMicros === null) return [];
  const seconds = (listedMicros - startMicros) / 1e6;
  return [
    `the events log lists the cluster ${seconds.toFixed(1)} s after the first packet, so names before that are missing or wrong; start the log before the capture, or leave it out`,
  ];
}

/** `tcpdump -s` cuts packets: enough is left of a handshake, too little of a DNS answer. */
function cutByCapture(name: string, { cutDns, ignored }: DecodeCounters): string[] {
  const fix = "capture whole packets, with tcpdump -s 0";
  if (cutDns > 0) return [`${cutDns} DNS messages of ${name} were cut by the capture, so names are missing; ${fix}`];
  if (ignored.truncated === 0) return [];
  return [`${ignored.truncated} packets of ${name} were cut by the capture inside their headers; ${fix}`];
}

function unreadLinkTypes(name: string, packets: number, unread: number): string[] {
  const fix = "capture with tcpdump -i any, or on an Ethernet device";
  if (unread === 0) return [];
  if (unread === packets) return [`${name} has a link type that wirespan does not read; ${fix}`];
  return [`${unread} of ${packets} packets of ${name} have a link type that wirespan does not read; ${fix}`];
}
