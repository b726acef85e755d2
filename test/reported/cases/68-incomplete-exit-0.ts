import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "68-incomplete-exit-0",
  async check(inputs) {
    const folder = inputs.make();
    if (folder === null) return;
    const stats = join(folder, "stats.json");
    const about = "--cluster ../67-external-names-used-up/c.json --node w1";
    const { code, stdout, stderr } = await inputs.run(
      `replay ${join(folder, "edges50k.pcap")} ${about} --format json --stats ${stats}`,
    );
    const graph = JSON.parse(stdout);
    const { problems } = JSON.parse(readFileSync(stats, "utf8"));
    // Exit code, standard error, counters and result agree.
    const isWhole = graph.incomplete.length === 0;
    assert.deepEqual([code === 0, !stderr.includes("incomplete"), problems.length === 0], Array(3).fill(isWhole));
    const clients = graph.edges.filter(({ client }: { client: string }) => client === "workload/shop/vic");
    assert.equal(clients.length, 6);
  },
};
