import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "02-musl-truncated-answer",
  async check(inputs) {
    const lines = await inputs.interactions("replay worker-1.pcap --cluster cluster.json --node worker-1");
    assert.deepEqual(tally(lines), {
      "shop/alpine-app -> assist-eu.openai-region.example.net established": 1,
      "shop/debian-app -> assist-eu.openai-region.example.net established": 1,
      "shop/debian-app -> external established": 1,
    });
  },
};
