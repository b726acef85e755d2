import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "66-html-time",
  async check(inputs) {
    for (const name of ["tsoff_min", "tsoff_max", "tsresol_0"]) {
      for (const format of ["html", "table", "jsonl", "json"]) {
        const { code, stdout, stderr } = await inputs.run(`replay ${name} --format ${format}`);
        assert.equal(code, 1);
        assert.match(stderr, /incomplete: 1 packets of \w+ have an invalid time[^\n]*\n$/);
        assert.doesNotMatch(stderr, /^ +at /m);
        if (format === "jsonl") assert.doesNotMatch(stdout, /timed_out/);
      }
    }
  },
};
