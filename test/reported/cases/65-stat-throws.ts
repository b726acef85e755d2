import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { wirespan } from "../../support/cli/wirespan.ts";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "65-stat-throws",
  async check(inputs) {
    const folder = inputs.scratch();
    // Node 24 itself ends with a stack trace in a directory that its user cannot enter.
    chmodSync(folder, 0o755);
    symlinkSync("loop", join(folder, "loop"));
    mkdirSync(join(folder, "closed"), { mode: 0o700 });
    writeFileSync(join(folder, "closed", "a.pcap"), "");
    for (const path of ["loop", "x".repeat(5_000), "closed/a.pcap"]) {
      const { code, stderr } = await wirespan(["replay", path], {
        cwd: folder,
        ...(process.getuid?.() === 0 ? { uid: 65_534 } : {}),
      });
      assert.ok(code === 1 || code === 2);
      assert.match(stderr, /^wirespan: [^\n]+\n$/);
    }
  },
};
