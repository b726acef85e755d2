import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

const CAUSES = [
  ["tty.pcap", /line endings were changed by a terminal; run kubectl exec and ssh without -t/],
  ["with-stderr.pcap", /has text before the capture \("tcpdump: listening/],
  ["defaulted.pcap", /has text before the capture \("Defaulted container/],
  ["base64.pcap", /is a capture in base64; undo it with base64 -d/],
] as const;

export const reportedCase: ReportedCase = {
  folder: "17-kubectl-exec-tty",
  async check(inputs) {
    for (const [file, cause] of CAUSES) {
      const { code, stdout, stderr } = await inputs.run(`replay ${file}`);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, cause);
    }
    assert.equal((await inputs.interactions("replay good.pcap")).length, 40);
  },
};
