import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

/** Decision: the Service has its clusterset name. */
export const reportedCase: ReportedCase = {
  folder: "20-mcs-clusterset-local",
  async check(inputs) {
    const lines = await inputs.interactions("replay worker-1.pcap --cluster cluster.json --node worker-1");
    assert.deepEqual(tally(lines), { "shop/frontend -> shop/inventory established": 2 });
  },
};
