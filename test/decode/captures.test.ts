import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sharedPath } from "../support/paths.ts";
import { type OurReadings, readCapture } from "./support/our-readings.ts";
import { dnsReadings, type Reading, segmentReadings } from "./support/tshark-truth.ts";

// Compares every DNS response and every segment with SYN or RST in public captures with the output of tshark.
// Differences in all captures (tunnels, ICMP quotes, other ports, truncated answers) are rules in tshark-truth.ts;
// those of single captures are in the table below.

interface Difference {
  readonly capture: string;
  readonly frame: number;
  readonly whose: "tshark" | "ours";
  readonly reason: string;
}

const DIFFERENCES: readonly Difference[] = [
  {
    capture: "Packet++Test/PacketExamples/dns_over_tcp.pcapng",
    frame: 4,
    whose: "ours",
    reason:
      "a TCP segment seen again after 51 years of packet time: no stream is remembered so long, so it begins anew",
  },
  ...[27, 80].map((frame) => ({
    capture: "fuzz-2006-09-29-28586.pcap",
    frame,
    whose: "tshark" as const,
    reason: "the TCP header's length goes beyond the IP packet: malformed, and its flags are no handshake's",
  })),
];

const SYN = 0x02;
const RST = 0x04;
const MAX_MILLISECONDS = 10_000;

interface Ours {
  readonly frame: number;
  readonly text: string;
  readonly head?: string;
}

/** The lines of one side only. */
function disagreements(truth: readonly Reading[], ours: readonly Ours[]): string[] {
  const left = [...ours];
  const lines: string[] = [];
  for (const reading of truth) {
    const at = left.findIndex(
      ({ frame, text, head }) => frame === reading.frame && (text === reading.text || head === reading.text),
    );
    if (at >= 0) left.splice(at, 1);
    else if (reading.exempt === null) lines.push(`tshark ${reading.frame}: ${reading.text}`);
  }
  return [...lines, ...left.map(({ frame, text }) => `ours ${frame}: ${text}`)];
}

function compare(path: string, ours: OurReadings): string[] {
  const responses = ours.messages.filter(({ isResponse }) => isResponse);
  const withFlag = (flag: number) => ours.segments.filter(({ flags }) => (flags & flag) !== 0);
  return [
    ...disagreements(dnsReadings(`${path}.dns.tsv`), responses),
    ...disagreements(segmentReadings(`${path}.syn.tsv`, SYN), withFlag(SYN)),
    ...disagreements(segmentReadings(`${path}.finrst.tsv`, RST), withFlag(RST)),
  ];
}

function isExpected(capture: string, line: string): boolean {
  return DIFFERENCES.some(
    (known) => capture.endsWith(known.capture) && line.startsWith(`${known.whose} ${known.frame}: `),
  );
}

test("every capture is decoded as by tshark, except for the differences in the table", async (t) => {
  const index = sharedPath(t, "captures", "INDEX.tsv");
  if (index === null) return;
  const root = join(index, "..");
  const [, ...rows] = readFileSync(index, "utf8").trim().split("\n");
  const captures = rows.map((row) => row.split("\t")[0] ?? "");
  assert.ok(captures.length > 100);
  for (const capture of captures) {
    await t.test(capture, () => {
      const path = join(root, capture);
      assert.ok(existsSync(`${path}.dns.tsv`));
      const start = performance.now();
      const ours = readCapture(path);
      assert.ok(performance.now() - start < MAX_MILLISECONDS);
      const lines = compare(path, ours);
      assert.deepEqual(
        lines.filter((line) => !isExpected(capture, line)),
        [],
      );
      const known = DIFFERENCES.filter((difference) => capture.endsWith(difference.capture));
      assert.equal(lines.length, known.length, "a difference of the table is gone");
    });
  }
});
