import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "27-lb-half-open-checks",
  async check(inputs) {
    const lines = await inputs.interactions("replay worker-1.pcap --cluster cluster.json --node worker-1");
    assert.deepEqual(tally(lines), {
      "external -> edge/ingress established": 4,
      "external -> worker-1 established": 3,
    });
  },
};
