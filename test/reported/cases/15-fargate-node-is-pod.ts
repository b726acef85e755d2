import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "15-fargate-node-is-pod",
  async check(inputs) {
    assert.deepEqual(tally(await inputs.interactions("replay node.pcap --cluster cluster.json")), {
      "shop/api -> shop/batch established": 2,
      "shop/api -> shop/batch refused": 1,
      "shop/batch -> shop/api established": 1,
    });
  },
};
