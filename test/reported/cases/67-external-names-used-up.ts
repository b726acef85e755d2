import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

const CLUSTER = "--cluster c.json --node w1";

export const reportedCase: ReportedCase = {
  folder: "67-external-names-used-up",
  async check(inputs) {
    const { edges } = await inputs.graph(`replay ext1000.pcap.gz ${CLUSTER}`);
    const servers = edges.filter(({ client }) => client === "workload/shop/vic").map(({ server }) => server);
    assert.deepEqual(servers, [
      ...Array.from({ length: 5 }, (_, i) => `external//api${i}.payments.example.com`),
      "workload/shop/web",
    ]);
  },
};
