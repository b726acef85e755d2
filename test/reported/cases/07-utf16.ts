import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "07-utf16-cluster-file",
  async check(inputs) {
    for (const cluster of ["cluster.json", "utf8.json"]) {
      const lines = await inputs.interactions(`replay worker-1.pcap --cluster ${cluster} --node worker-1`);
      assert.deepEqual(tally(lines), { "shop/frontend -> shop/catalog established": 1 }, cluster);
    }
    const { code, stderr } = await inputs.run("replay worker-1.pcap --events events.jsonl");
    assert.equal(code, 0, stderr);
  },
};
