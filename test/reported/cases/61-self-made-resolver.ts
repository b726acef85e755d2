import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

interface Stats {
  readonly factsIgnored: Readonly<Record<string, number>>;
}

export const reportedCase: ReportedCase = {
  folder: "61-self-made-resolver",
  async check(inputs) {
    const withCluster = "replay h1.pcap --cluster c2.json --node w1";
    assert.deepEqual(tally(await inputs.interactions(withCluster)), {
      "shop/evil -> y.example resolved": 1,
      "shop/vic -> api.payments.example.com established": 1,
    });
    for (const args of [withCluster, "replay u1.pcap"]) {
      const lines = await inputs.interactions(args);
      assert.deepEqual(
        lines.filter(({ evidence }) => evidence === "handshake").map(({ name }) => name),
        ["api.payments.example.com"],
      );
      const { factsIgnored } = (await inputs.stats(args)) as unknown as Stats;
      assert.equal(factsIgnored.unasked_answer, 1);
    }
  },
};
