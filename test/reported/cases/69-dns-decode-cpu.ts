import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ReportedCase } from "../support/reported-case.ts";

/** CPU seconds of a replay, including its child processes. */
async function cpuSeconds(
  run: () => Promise<{ readonly code: number | null; readonly stderr: string }>,
): Promise<number> {
  const before = childrenTicks();
  const { code, stderr } = await run();
  assert.equal(code, 0, stderr);
  return (childrenTicks() - before) / TICKS;
}

const TICKS = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** User and system time of ended child processes, in ticks: cutime and cstime of proc(5). */
function childrenTicks(): number {
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return Number(fields[13]) + Number(fields[14]);
}

export const reportedCase: ReportedCase = {
  folder: "69-dns-decode-cpu",
  async check(inputs) {
    const stats = await inputs.stats("replay three-of-slowD.pcap");
    assert.equal(stats.packets, 3);
    const folder = inputs.make();
    if (folder === null) return;
    const one = await cpuSeconds(() => inputs.run("replay three-of-slowD.pcap --format json"));
    for (const kind of ["slowA", "slowB", "slowC"]) {
      const capture = join(folder, `${kind}.pcap`);
      const many = await cpuSeconds(() => inputs.run(`replay ${capture} --format json`));
      assert.ok(many - one < 0.5, `${kind}: ${many} s, three messages ${one} s`);
    }
  },
};
