import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { CLI, cleanEnvironment } from "../../support/cli/wirespan.ts";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "29-day-of-rotated-captures",
  async check(inputs) {
    const folder = inputs.make(".", "1440");
    if (folder === null) return;
    const cluster = inputs.path("../07-utf16-cluster-file/utf8.json");
    const command = `ulimit -n 64; exec "$0" "$1" replay *.pcap --cluster ${cluster} --node worker-1 --format jsonl`;
    const options = { cwd: folder, env: cleanEnvironment(), encoding: "utf8", timeout: 60_000 } as const;
    const { status, stdout, stderr } = spawnSync("bash", ["-c", command, process.execPath, CLI], options);
    assert.equal(status, 0, stderr);
    assert.equal(stdout.split("\n").filter((line) => line.includes('"established"')).length, 1440);
  },
};
