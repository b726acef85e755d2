import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "11-short-snaplen",
  async check(inputs) {
    const about = "--cluster cluster.json --node worker-1 --format json";
    const short = await inputs.run(`replay snap-96.pcap ${about}`);
    assert.equal(short.code, 1);
    assert.match(JSON.parse(short.stdout).incomplete[0], /^20 DNS messages of snap-96\.pcap were cut by the capture/);
    const whole = await inputs.graph("replay snap-whole.pcap --cluster cluster.json --node worker-1");
    assert.deepEqual(whole.incomplete, []);
    assert.ok(whole.edges.some(({ names }) => names.includes("api.payments-provider.example.com")));
  },
};
