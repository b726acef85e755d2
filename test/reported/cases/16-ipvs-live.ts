import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CLI, cleanEnvironment, ended } from "../../support/cli/wirespan.ts";
import { withDeadline } from "../../support/deadline.ts";
import { type InteractionLine, type ReportedCase, tally } from "../support/reported-case.ts";

/** A live case: it creates network namespaces, which requires root. */
export const reportedCase: ReportedCase = {
  folder: "16-ipvs-live",
  async check(inputs) {
    if (process.getuid?.() !== 0) {
      inputs.t.diagnostic("SKIPPED: this input is a live one and needs root");
      return;
    }
    const folder = inputs.copy();
    const { stdout, stderr } = await withDeadline(() => {
      const child = spawn("bash", [join(folder, "run.sh"), "up"], { env: cleanEnvironment({ WIRESPAN_CLI: CLI }) });
      return { child, result: ended(child) };
    });
    assert.match(stdout, /rc=0/, stderr);
    const lines = readFileSync(join(folder, "out.jsonl"), "utf8").trim().split("\n").slice(1);
    assert.deepEqual(tally(lines.map((line): InteractionLine => JSON.parse(line))), {
      "shop/frontend -> shop/legacy-inventory refused": 2,
      "shop/frontend -> shop/old-api refused": 2,
    });
  },
};
