import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "13-inside-istio-pod",
  async check(inputs) {
    assert.deepEqual(tally(await inputs.interactions("replay reviews.pcap --cluster cluster.json")), {
      "shop/productpage -> shop/reviews established": 1,
      "shop/reviews -> shop/ratings established": 2,
    });
    const args = "replay linkerd-reviews.pcap --cluster cluster.json";
    assert.deepEqual(tally(await inputs.interactions(args)), {
      "shop/productpage -> shop/reviews established": 1,
      "shop/reviews -> shop/ratings established": 1,
    });
    // A connection of the proxy to the address of its pod, and one to 127.0.0.1.
    const { factsIgnored } = (await inputs.stats(args)) as { readonly factsIgnored: { readonly loopback: number } };
    assert.equal(factsIgnored.loopback, 2);
  },
};
