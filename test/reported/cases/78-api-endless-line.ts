import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { start } from "../../support/cli/wirespan.ts";
import { until } from "../../support/until.ts";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "78-api-endless-line",
  async check(inputs) {
    const server = spawn(process.execPath, [inputs.path("fakeapi.mjs"), "endless"]);
    inputs.t.after(() => server.kill("SIGKILL"));
    const agent = start(["agent", "--device", "lo", "--kubeconfig", inputs.path("kc.yaml"), "--format", "jsonl"]);
    inputs.t.after(() => agent.kill("SIGKILL"));
    let said = "";
    agent.stderr.on("data", (text) => {
      said += text;
    });
    await until("it rejects an endless line", () => said.includes("has a line of more than 16 MB"));
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${agent.pid}/status`, "utf8"))?.[1];
    assert.ok(Number(peak) < 600_000, `${peak} kB`);
    // It runs until it gets a signal.
    assert.equal(agent.exitCode, null);
    agent.kill("SIGTERM");
    await once(agent, "close");
    for (const option of ["--cluster", "--events"]) {
      const { code, stderr } = await inputs.run(`replay ../15-fargate-node-is-pod/node.pcap ${option} /dev/zero`);
      assert.equal(code, 2);
      assert.match(stderr, /^wirespan: (cluster|events) file \/dev\/zero is larger than 256 MB; [^\n]*\n$/);
    }
  },
};
