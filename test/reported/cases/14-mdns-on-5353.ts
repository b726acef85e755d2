import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "14-mdns-on-5353",
  async check(inputs) {
    const args = "replay worker-1.pcap --cluster cluster.json --node worker-1 --dns-port 5353";
    assert.deepEqual(tally(await inputs.interactions(args)), { "worker-1 -> worker-2 established": 2 });
    const { ignored } = await inputs.stats(args);
    assert.ok((ignored as Record<string, number>).multicast_dns, JSON.stringify(ignored));
  },
};
