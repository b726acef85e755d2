import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { captureFilter } from "../../../src/capture/live/capture-filter.ts";
import { readThroughLibpcap } from "../../../src/capture/live/live-source.ts";
import { CaptureError } from "../../../src/model/errors.ts";
import {
  ethernet,
  fragments,
  type IpPacket,
  type IpPayload,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  linuxSll,
  tcp,
  udp,
} from "../../support/packet-builder.ts";
import { sharedPath } from "../../support/paths.ts";
import { pcapFile } from "../support/capture-bytes.ts";
import { temporaryFile } from "../support/read-all.ts";

const V4 = { source: "10.42.2.23", destination: "10.96.0.43" };
const V6 = { source: "fd00::2:23", destination: "fd00::96:43" };
const PAYLOAD = new Uint8Array(32);

function segment(flags: number, sourcePort = 40_681, destinationPort = 3_000): IpPayload {
  return tcp({ sourcePort, destinationPort, flags });
}

/** Frames that match the filter or do not. */
const FRAMES: readonly [string, boolean, readonly IpPacket[]][] = [
  ["a DNS query", true, [ipv4(V4, udp(40_000, 53, PAYLOAD)), ipv6(V6, udp(40_000, 53, PAYLOAD))]],
  ["a DNS answer", true, [ipv4(V4, udp(53, 40_000, PAYLOAD)), ipv6(V6, udp(53, 40_000, PAYLOAD))]],
  ["DNS on an extra port", true, [ipv4(V4, udp(5353, 40_000, PAYLOAD)), ipv6(V6, udp(40_000, 5353, PAYLOAD))]],
  ["DNS over TCP, data", true, [ipv4(V4, segment(0x18, 53)), ipv6(V6, segment(0x18, 40_000, 53))]],
  ["other UDP", false, [ipv4(V4, udp(40_000, 8472, PAYLOAD)), ipv6(V6, udp(40_000, 443, PAYLOAD))]],
  ["a SYN", true, [ipv4(V4, segment(0x02)), ipv6(V6, segment(0x02))]],
  ["a SYN with ECN", true, [ipv4(V4, segment(0xc2)), ipv6(V6, segment(0xc2))]],
  ["a SYN-ACK", true, [ipv4(V4, segment(0x12)), ipv6(V6, segment(0x52))]],
  ["a reset", true, [ipv4(V4, segment(0x14)), ipv6(V6, segment(0x04))]],
  ["data and FIN", false, [0x10, 0x18, 0x11].flatMap((flags) => [ipv4(V4, segment(flags)), ipv6(V6, segment(flags))])],
  ["destination unreachable", true, [ipv4(V4, icmp(3, PAYLOAD)), ipv6(V6, icmpv6(4, PAYLOAD))]],
  ["time exceeded", true, [ipv4(V4, icmp(0, PAYLOAD, 11)), ipv6(V6, icmpv6(0, PAYLOAD, 3))]],
  ["echo and redirect", false, [8, 5].map((type) => ipv4(V4, icmp(0, PAYLOAD, type)))],
  ["packet too big", false, [ipv6(V6, icmpv6(0, PAYLOAD, 2))]],
  ["neighbour discovery", false, [ipv6(V6, icmpv6(0, PAYLOAD, 135))]],
  ["every IPv4 fragment of a DNS answer", true, fragments(V4, udp(53, 40_000, new Uint8Array(3000)), 1480)],
  ["every IPv6 fragment of a DNS answer", true, fragments(V6, udp(53, 40_000, new Uint8Array(3000)), 1232)],
];

/** Numbers of the records that match, in a file whose record `i` has the time `i` seconds. */
function passing(path: string, filter: string): ReadonlySet<number> {
  const numbers = new Set<number>();
  readThroughLibpcap(path, filter, ({ timeMicros }) => numbers.add(Math.floor(timeMicros / 1e6)));
  return numbers;
}

const LINKS = [
  { name: "Ethernet", linkType: 1, frame: (packet: IpPacket) => ethernet(packet) },
  { name: "LINUX_SLL", linkType: 113, frame: (packet: IpPacket) => linuxSll(3, packet) },
];
for (const { name, linkType, frame } of LINKS) {
  test(`the filter matches the frames that decode uses, and no others, on ${name}`, (t) => {
    const packets = FRAMES.flatMap(([, , list]) => list).map(frame);
    const file = pcapFile(
      packets.map((bytes, i) => ({ seconds: i, fraction: 0, bytes })),
      { linkType },
    );
    const passed = passing(temporaryFile(t, file), captureFilter({ dnsPorts: [53, 5353] }));
    let number = 0;
    for (const [what, expected, list] of FRAMES) {
      for (const i of list.keys()) assert.equal(passed.has(number++), expected, `${what}, ${i}`);
    }
  });
}

test("DNS on a port that is not configured does not match", (t) => {
  const bytes = ethernet(ipv4(V4, udp(5353, 40_000, PAYLOAD)));
  const path = temporaryFile(t, pcapFile([{ seconds: 0, fraction: 0, bytes }]));
  assert.equal(passing(path, captureFilter({ dnsPorts: [53] })).size, 0);
});

/** Layers that the offsets of the filter fit: no VLAN tag, no tunnel, no quoted packet. */
const PLAIN = /^(eth:ethertype|sll:ethertype|raw|null):ipv?6?:(tcp|udp)(:dns)?(:mptcp)?$/;

test("the filter matches every SYN and every DNS response on port 53 that tshark finds in public captures", (t) => {
  const index = sharedPath(t, "captures", "INDEX.tsv");
  if (index === null) return;
  const filter = captureFilter({ dnsPorts: [53] });
  let found = 0;
  for (const row of readFileSync(index, "utf8").trimEnd().split("\n").slice(1)) {
    const path = join(dirname(index), row.split("\t")[0] ?? "");
    const passed = timesPassing(path, filter);
    if (passed === null) continue;
    for (const { time, what } of [...expectedFrames(`${path}.syn.tsv`), ...expectedFrames(`${path}.dns.tsv`)]) {
      assert.ok(passed.has(time), `${path}: ${what} at ${time}`);
      found++;
    }
  }
  assert.ok(found > 10_000, `${found} frames`);
});

/** Times in microseconds; null where libpcap does not read the file or its link type. */
function timesPassing(path: string, filter: string): ReadonlySet<number> | null {
  const times = new Set<number>();
  try {
    readThroughLibpcap(path, filter, ({ timeMicros }) => times.add(timeMicros));
    return times;
  } catch (error) {
    if (error instanceof CaptureError) return null;
    throw error;
  }
}

function expectedFrames(path: string): readonly { time: number; what: string }[] {
  const [header = "", ...rows] = readFileSync(path, "utf8").trimEnd().split("\n");
  const names = header.split("\t");
  return rows.flatMap((row) => {
    const cells = row.split("\t");
    const cell = (name: string): string => cells[names.indexOf(name)] ?? "";
    const what = cell("frame.protocols");
    const isDns = names.includes("dns.id");
    const is53 = cell("udp.srcport") === "53" || cell("tcp.srcport") === "53";
    if (!PLAIN.test(what) || (isDns && !is53)) return [];
    const [seconds, nanos] = cell("frame.time_epoch").split(".");
    return [{ time: Number(seconds) * 1e6 + Math.floor(Number(nanos) / 1000), what }];
  });
}
