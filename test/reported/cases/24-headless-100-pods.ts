import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "24-headless-100-pods",
  async check(inputs) {
    const lines = await inputs.interactions("replay worker-1.pcap --cluster cluster.json --node worker-1");
    assert.deepEqual(
      lines.map(({ evidence, name }) => `${evidence} ${name}`),
      Array(5).fill("handshake shard.db.svc.cluster.local"),
    );
  },
};
