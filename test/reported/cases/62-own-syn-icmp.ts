import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "62-own-syn-icmp",
  async check(inputs) {
    assert.deepEqual(tally(await inputs.interactions("replay h5.pcap --cluster c2.json --node w1")), {
      "shop/vic -> external established": 1,
    });
  },
};
