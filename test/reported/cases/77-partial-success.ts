import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";
import { startProgram } from "../support/started-program.ts";

export const reportedCase: ReportedCase = {
  folder: "77-partial-success",
  async check(inputs) {
    await startProgram(inputs, "fakeotlp.mjs", "partial", 14_317);
    const { code, stdout } = await inputs.run("doctor --no-kubernetes --seconds 0 --collector http://127.0.0.1:14317");
    assert.equal(code, 1);
    assert.match(stdout, /^failed +Collector +[^\n]* rejected 5 of 2 spans \([^\n]*PWNED/m);
    assert.doesNotMatch(stdout.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
  },
};
