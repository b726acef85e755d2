import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { start } from "../../support/cli/wirespan.ts";
import { until } from "../../support/until.ts";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "72-health-64",
  async check({ t }) {
    const agent = start(["agent", "--device", "lo", "--no-kubernetes", "--format", "jsonl", "--listen", "0"]);
    t.after(() => agent.kill("SIGKILL"));
    let said = "";
    agent.stderr.on("data", (text) => {
      said += text;
    });
    await until("it serves", () => said.includes("health and metrics at"));
    const { href, hostname, port } = new URL(/health and metrics at (\S+)/.exec(said)?.[1] ?? "");
    for (let i = 0; i < 200; i++) {
      const halfOpen = connect(Number(port), hostname).on("error", () => {});
      t.after(() => halfOpen.destroy());
      await once(halfOpen, "connect");
      halfOpen.write("GET /livez HTTP/1.1\r\nX: ");
    }
    const { status } = await fetch(`${href}livez`, { signal: AbortSignal.timeout(1_000) });
    assert.equal(status, 200);
  },
};
