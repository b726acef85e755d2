import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "44-age-of-a-repeated-name",
  async check(inputs) {
    const lines = await inputs.interactions("replay small.pcap --cluster cluster.json");
    assert.deepEqual(
      lines.map(({ evidence, nameAgeMs }) => `${evidence} ${nameAgeMs}`),
      Array(15).fill("handshake 0.5"),
    );
  },
};
