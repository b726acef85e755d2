import assert from "node:assert/strict";
import { join } from "node:path";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "75-long-names",
  async check(inputs) {
    const folder = inputs.make("400", "250000");
    if (folder === null) return;
    const [capture, cluster] = [join(folder, "longname.pcap"), join(folder, "longname.json")];
    for (const format of ["table", "jsonl"]) {
      const { code, stdout, stderr } = await inputs.run(`replay ${capture} --cluster ${cluster} --format ${format}`);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /H{1000}/);
      assert.doesNotMatch(stdout, /H{1025}/);
      assert.ok(stdout.length < 3_000_000, `${format}: ${stdout.length} characters`);
    }
  },
};
