import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ended, start } from "../../support/cli/wirespan.ts";
import { until } from "../../support/until.ts";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "74-signal-unmarked",
  async check(inputs) {
    const folder = inputs.scratch();
    // The packet generator is next to the directory; it writes to the current directory.
    const makers = JSON.stringify(join(inputs.folder, ".."));
    const maker = `import sys; sys.path.insert(0, ${makers})\n${readFileSync(inputs.path("big.py"), "utf8")}`;
    writeFileSync(join(folder, "big.py"), maker);
    execFileSync("python3", ["big.py"], { cwd: folder, timeout: 60_000 });
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const child = start(["replay", "big.pcap", "--format", "jsonl"], { cwd: folder });
      const end = ended(child);
      let written = 0;
      child.stdout.on("data", (text: string) => {
        written += text.length;
      });
      await until("lines are written", () => written > 1_000 || child.exitCode !== null);
      child.kill(signal);
      const { code, stdout } = await end;
      if (code === 0) continue; // It ended before the signal.
      assert.equal(code, 1);
      assert.match(stdout, /\n\{"wirespan":"incomplete","reason":"interrupted after \d+ packets[^\n]*\n$/);
    }
  },
};
