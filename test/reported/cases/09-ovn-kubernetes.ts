import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "09-ovn-kubernetes",
  async check(inputs) {
    const args = "replay worker-1.pcap --cluster cluster.json --node worker-1";
    assert.deepEqual(tally(await inputs.interactions(args)), {
      "shop/frontend -> shop/catalog established": 1,
      "worker-1 -> shop/catalog established": 2,
    });
    const { factsIgnored } = (await inputs.stats(args)) as { readonly factsIgnored: { readonly probe: number } };
    assert.equal(factsIgnored.probe, 5);
  },
};
