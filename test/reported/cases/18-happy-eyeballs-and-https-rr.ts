import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "18-happy-eyeballs-and-https-rr",
  async check(inputs) {
    const lines = await inputs.interactions("replay worker-1.pcap --cluster cluster.json --node worker-1");
    assert.deepEqual(tally(lines), {
      "shop/web -> www.example.com established": 3,
      "shop/web -> www.example.com timed_out": 1,
      "shop/web -> www.example.com unreachable": 1,
    });
  },
};
