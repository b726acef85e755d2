import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "26-vxlan-mirror",
  async check(inputs) {
    const { code, stderr } = await inputs.run("replay mirror.pcap");
    assert.equal(code, 0);
    assert.match(stderr, /2 inside VXLAN \(UDP 4789 or 8472\); .*tcpdump -i any.* editcap -C 50/);
    assert.doesNotMatch(stderr, /neither handshake nor DNS/);
  },
};
