import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { wirespan } from "../../support/cli/wirespan.ts";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "64-stats-new-overwrites",
  async check(inputs) {
    const folder = inputs.copy();
    const { code, stderr } = await wirespan(["replay", "s.json.new", "--stats", "s.json"], { cwd: folder });
    assert.equal(code, 0, stderr);
    assert.deepEqual(readFileSync(join(folder, "s.json.new")), readFileSync(inputs.path("s.json.new")));
    assert.deepEqual(readdirSync(folder).sort(), ["README.md", "s.json", "s.json.new", "small.pcap"]);
  },
};
