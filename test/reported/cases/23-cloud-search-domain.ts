import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "23-cloud-search-domain",
  async check(inputs) {
    const lines = await inputs.interactions("replay worker-1.pcap --cluster cluster.json --node worker-1");
    assert.deepEqual(tally(lines), {
      "shop/web -> api.vendor.example established": 2,
      "shop/web -> shop/payments host_not_found": 1,
    });
  },
};
