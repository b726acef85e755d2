import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

/** Decision: addresses of secondary interfaces belong to the pod. */
export const reportedCase: ReportedCase = {
  folder: "22-multus-second-interface",
  async check(inputs) {
    for (const where of ["", " --node worker-1"]) {
      const lines = await inputs.interactions(`replay worker-1.pcap --cluster cluster.json${where}`);
      assert.deepEqual(tally(lines), { "telco/amf -> telco/smf established": 4 });
    }
  },
};
