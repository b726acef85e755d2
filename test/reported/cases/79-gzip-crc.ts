import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "79-gzip-crc",
  async check(inputs) {
    const { code, stdout } = await inputs.run("replay crcwrong.gz");
    assert.equal(code, 1);
    assert.match(stdout, / 443 /);
    assert.match(stdout, /\nincomplete: crcwrong\.gz is a damaged gzip file \(its checksum or length is wrong\)/);
  },
};
