import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "63-spoofed-sources",
  async check(inputs) {
    // An answer to a port from which nothing was asked.
    const [connection] = await inputs.interactions("replay u2.pcap --cluster c.json --node w1");
    assert.equal(connection?.name, "api.payments.example.com");
    // In the others all pods' packets come in by one interface with one address: nothing there tells them apart.
    for (const [args, told] of [
      ["replay u5.pcap --cluster c2.json --node w1", 1],
      ["replay u6.pcap --cluster c2.json --node w1", 1],
      ["replay h6.pcap --cluster c2.json --node w1", 2],
    ] as const) {
      const handshakes = (await inputs.interactions(args)).filter(({ evidence }) => evidence === "handshake");
      assert.equal(handshakes.length, told, args);
    }
  },
};
