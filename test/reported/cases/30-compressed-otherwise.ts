import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

const CAUSES = [
  ["node.pcap.zst", /is compressed with zstd; undo it with zstd -d node\.pcap\.zst/],
  ["node.pcap.xz", /is compressed with xz; undo it with xz -dk node\.pcap\.xz/],
  ["node.pcap.bz2", /is compressed with bzip2; undo it with bzip2 -dk node\.pcap\.bz2/],
  ["node.pcap.zip", /is a zip archive; unpack it with unzip node\.pcap\.zip/],
  ["captures.tar.gz", /is a tar archive; unpack it with tar -xf captures\.tar\.gz/],
] as const;

export const reportedCase: ReportedCase = {
  folder: "30-compressed-otherwise",
  async check(inputs) {
    for (const [file, cause] of CAUSES) {
      const { code, stderr } = await inputs.run(`replay ${file}`);
      assert.equal(code, 2);
      assert.match(stderr, cause);
    }
    const whole = await inputs.interactions("replay node.pcap");
    assert.deepEqual(await inputs.interactions("replay two-members.pcap.gz"), whole);
    const lines = await inputs.interactions("replay node.pcap --cluster cluster.json.gz --node worker-1");
    assert.deepEqual(tally(lines), { "shop/frontend -> shop/catalog established": 1 });
  },
};
