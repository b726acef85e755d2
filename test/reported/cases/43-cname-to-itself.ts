import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "43-cname-to-itself",
  async check(inputs) {
    const lines = await inputs.interactions("replay one-message.pcap");
    // The capture has the answer without its question.
    assert.equal(lines.length, 1);
    for (const { canonicalName } of lines) assert.equal(canonicalName, null);
  },
};
