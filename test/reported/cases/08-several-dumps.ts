import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "08-several-dumps",
  async check(inputs) {
    const read = ["pods.json --cluster rest.json", "both.json", "slurped.json", "nested.json", "objects.jsonl"];
    for (const cluster of read) {
      const lines = await inputs.interactions(`replay worker-1.pcap --cluster ${cluster} --node worker-1`);
      assert.deepEqual(tally(lines), { "shop/frontend -> shop/catalog established": 1 }, cluster);
    }
    for (const [cluster, says] of [
      ["warned.json", /warned\.json has text before the JSON \("Warning: v1/],
      ["nullitems.json", /nullitems\.json contains no pods, services or nodes/],
      ["both.json --node other", /--node is passed twice/],
    ] as const) {
      const { code, stderr } = await inputs.run(`replay worker-1.pcap --node worker-1 --cluster ${cluster}`);
      assert.equal(code, 2);
      assert.match(stderr, says);
    }
  },
};
