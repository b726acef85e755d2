import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";
import { CaptureError, ConfigError } from "../../src/model/errors.ts";
import { checkCaptures, groupByNode } from "../../src/replay/capture-arguments.ts";
import { capture } from "../support/cli/wirespan.ts";

test("several captures of one node are one recording, in the given order", () => {
  const given = ["a=1.pcap", "b=2.pcap", "a=3.pcap", "a=odd=name.pcap", "b=-"];
  assert.deepEqual(groupByNode({ files: [], capture: given }), [
    { node: "a", files: ["1.pcap", "3.pcap", "odd=name.pcap"] },
    { node: "b", files: ["2.pcap", "/dev/stdin"] },
  ]);
});

test("files without a node are one recording, of --node if given", () => {
  assert.deepEqual(groupByNode({ files: ["1.pcap", "-"] }), [{ node: null, files: ["1.pcap", "/dev/stdin"] }]);
  assert.deepEqual(groupByNode({ files: ["1.pcap"], node: "a" }), [{ node: "a", files: ["1.pcap"] }]);
});

for (const wrong of ["a", "=1.pcap", "a=", ""]) {
  test(`--capture ${JSON.stringify(wrong)} is rejected`, () => {
    assert.throws(() => groupByNode({ files: [], capture: [wrong] }), ConfigError);
  });
}

test("every file except a device is opened before the first is read, and its size is returned", () => {
  const path = capture("node-a");
  assert.deepEqual(checkCaptures([path, "/dev/null"]), [statSync(path).size, 0]);
  assert.throws(() => checkCaptures([path, "/none.pcap"]), CaptureError);
});
