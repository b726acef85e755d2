import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";
import { startProgram } from "../support/started-program.ts";

const OBEYED = /[\p{Cc}\p{Cf}]/u;

export const reportedCase: ReportedCase = {
  folder: "73-say-control-chars",
  async check(inputs) {
    await startProgram(inputs, "fakeapi.mjs", "ansi", 18_080);
    await startProgram(inputs, "fakeotlp.mjs", "3", 14_317);
    const doctor = await inputs.run("doctor --kubeconfig kc.yaml --seconds 0 --collector http://127.0.0.1:14317");
    const lines = doctor.stdout.trimEnd().split("\n");
    for (const line of lines) {
      assert.doesNotMatch(line, OBEYED);
      assert.match(line, /^(ok|warning|failed) /);
    }
    assert.match(doctor.stdout, /PWN/);
  },
};
