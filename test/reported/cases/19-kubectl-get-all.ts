import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "19-kubectl-get-all",
  async check(inputs) {
    const { code, stderr } = await inputs.run("replay worker-1.pcap --cluster cluster.json --node worker-1");
    assert.equal(code, 0);
    assert.match(stderr, /cluster file cluster\.json has no nodes: connections of nodes and probes of kubelets/);
    assert.match(stderr, /cluster file cluster\.json has no endpointslices: /);
    assert.equal(stderr.match(/ has no /g)?.length, 2);
  },
};
