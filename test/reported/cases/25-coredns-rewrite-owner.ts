import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "25-coredns-rewrite-owner",
  async check(inputs) {
    const lines = await inputs.interactions("replay worker-1.pcap --cluster cluster.json --node worker-1");
    // Unclear in the report: glibc rejects such answers, musl and Go accept them. Decision: a client that dials the address accepted it.
    assert.deepEqual(
      lines.map(({ evidence, outcome, server, name }) => [evidence, outcome, server.name, name]),
      [
        ["handshake", "established", "postgres", "db.corp.example"],
        ["handshake", "established", "postgres", "db.corp.example"],
      ],
    );
  },
};
