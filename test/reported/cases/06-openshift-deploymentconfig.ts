import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "06-openshift-deploymentconfig",
  async check(inputs) {
    const lines = await inputs.interactions("replay worker-1.pcap --cluster cluster.json --node worker-1");
    assert.deepEqual(tally(lines), { "shop/orders -> shop/db established": 2 });
    assert.deepEqual(new Set(lines.map(({ client }) => client.kind)), new Set(["DeploymentConfig"]));
  },
};
