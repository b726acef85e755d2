import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "63-spoofed-sources",
  async check(inputs) {
    // An answer to a port without a question.
    const [connection] = await inputs.interactions("replay u2.pcap --cluster c.json --node w1");
    assert.equal(connection?.name, "api.payments.example.com");
    // In the other captures the packets of all pods come from one interface and address, so spoofing is undetectable.
    for (const [args, expected] of [
      ["replay u5.pcap --cluster c2.json --node w1", 1],
      ["replay u6.pcap --cluster c2.json --node w1", 1],
      ["replay h6.pcap --cluster c2.json --node w1", 2],
    ] as const) {
      const handshakes = (await inputs.interactions(args)).filter(({ evidence }) => evidence === "handshake");
      assert.equal(handshakes.length, expected, args);
    }
  },
};
