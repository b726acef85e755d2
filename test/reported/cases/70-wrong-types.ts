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
        assert.match(stderr, /\nwirespan: incomplete: 1 invalid object was ignored \([^\n]*, not text\)[^\n]*\n$/);
      }
    }
    // An agent follows a log of two events, one with an invalid object: the result is incomplete as with files.
    const { code, stdout, stderr } = await inputs.run(
      "agent --no-kubernetes --file h1.pcap --events live-events.jsonl --format json",
    );
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /incomplete: 1 invalid object was ignored \(.*live-events\.jsonl, line 2: Pod shop\/vic-0: metadata\.uid is an object, not text\)/,
    );
    assert.match(stdout, /"incomplete":\["1 invalid object was ignored /);
  },
};
