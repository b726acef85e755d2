import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "41-one-number-many-servers",
  async check(inputs) {
    const command = "replay two-hosts-one-isn.pcap --cluster cluster.json";
    assert.deepEqual(tally(await inputs.interactions(command)), {
      "shop/scanner -> shop/alive established": 2,
      "shop/scanner -> shop/silent timed_out": 1,
    });
    const { handshakes } = (await inputs.stats(command)) as { handshakes: Record<string, number> };
    assert.deepEqual([handshakes.natTuplesJoined, handshakes.natTuplesRejected], [0, 1]);
  },
};
