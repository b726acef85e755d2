import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "03-dns-five-second-delay",
  async check(inputs) {
    const lines = await inputs.interactions("replay worker-1.pcap --cluster cluster.json --node worker-1");
    assert.deepEqual(tally(lines), {
      "shop/checkout -> api.example.com established": 1,
      "shop/reports -> db.example.com established": 1,
      "shop/reports -> external established": 1,
    });
  },
};
