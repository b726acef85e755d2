import assert from "node:assert/strict";
import { type InteractionLine, type ReportedCase, tally } from "../support/reported-case.ts";

/** Number of connections, and other arguments. */
function names(lines: readonly InteractionLine[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { evidence, name } of lines) counts[`${evidence} ${name}`] = (counts[`${evidence} ${name}`] ?? 0) + 1;
  return counts;
}

export const reportedCase: ReportedCase = {
  folder: "42-names-pushed-out",
  async check(inputs) {
    for (const cluster of ["", " --cluster cluster.json --node n1", " --cluster cluster-no-podcidr.json --node n1"]) {
      for (const [file, each] of [
        ["small", 5],
        ["private-two-names-200ms", 50],
      ] as const) {
        assert.deepEqual(names(await inputs.interactions(`replay ${file}.pcap${cluster}`)), {
          "handshake a.example.com": each,
          "handshake b.example.com": each,
        });
      }
      for (const [file, outcome] of [
        ["two-other-names", "timed_out"],
        ["two-other-names-slow-established", "established"],
      ] as const) {
        const lines = await inputs.interactions(`replay ${file}.pcap${cluster}`);
        const client = cluster === "" ? "unresolved" : "shop/client";
        assert.deepEqual(tally(lines), {
          [`${client} -> a.example.com established`]: 2,
          [`${client} -> b.example.com established`]: 3,
          [`${client} -> pay.example.com ${outcome}`]: 1,
        });
      }
    }
  },
};
