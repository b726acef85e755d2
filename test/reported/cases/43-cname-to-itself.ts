import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "43-cname-to-itself",
  async check(inputs) {
    const lines = await inputs.interactions("replay one-message.pcap");
    // The capture shows the answer without its question, which names nothing where that is asked for.
    assert.equal(lines.length, 1);
    for (const { canonicalName } of lines) assert.equal(canonicalName, null);
  },
};
