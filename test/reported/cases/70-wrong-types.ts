import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "70-wrong-types",
  async check(inputs) {
    for (const name of readdirSync(inputs.folder).filter((name) => name.startsWith("ty_"))) {
      for (const format of ["html", "table", "jsonl"]) {
        const { code, stderr } = await inputs.run(`replay h1.pcap --cluster ${name} --format ${format}`);
        assert.equal(code, 1);
        assert.match(
          stderr,
          /\nwirespan: incomplete: 1 object of the cluster is left out \([^\n]*, not text\)[^\n]*\n$/,
        );
      }
    }
    // A log of two events, one of an object that cannot be used, as an agent follows it.
    const { code, stderr } = await inputs.run(
      "agent --no-kubernetes --file h1.pcap --events live-events.jsonl --format json",
    );
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /live-events\.jsonl, line 2: Pod shop\/vic-0: metadata\.uid is an object, not text; it is left out/,
    );
  },
};
