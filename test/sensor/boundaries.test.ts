import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openCaptureFile } from "../../src/capture/capture-file.ts";
import { emptyPacket } from "../../src/capture/packet-source.ts";
import type { Packet } from "../../src/model/packet.ts";
import { factsOf } from "../correlate/support/boundaries.ts";
import { sharedPath } from "../support/paths.ts";

/** Packets of a capture in the order of time, or as they are. */
function* packetsOf(path: string): Generator<Packet> {
  const source = openCaptureFile(path);
  const packet = emptyPacket();
  try {
    while (source.next(packet)) yield packet;
  } finally {
    source.close();
  }
}

function isInOrder(path: string): boolean {
  let latest = Number.NEGATIVE_INFINITY;
  for (const { timeMicros } of packetsOf(path)) {
    if (timeMicros < latest) return false;
    latest = timeMicros;
  }
  return true;
}

/** Whether the packets are in order of time. */
function compare(path: string): boolean {
  const once = factsOf(packetsOf(path), "nothing");
  assert.deepEqual(factsOf(packetsOf(path), "flush"), once);
  const isOrdered = isInOrder(path);
  if (isOrdered) assert.deepEqual(factsOf(packetsOf(path), "tick"), once);
  return isOrdered;
}

test("the facts of every public capture do not depend on when packets are correlated and waits end", (t) => {
  const index = sharedPath(t, "captures", "INDEX.tsv");
  if (index === null) return;
  const [, ...rows] = readFileSync(index, "utf8").trim().split("\n");
  let ordered = 0;
  for (const row of rows) {
    const [capture = ""] = row.split("\t");
    try {
      if (compare(join(index, "..", capture))) ordered++;
    } catch (error) {
      throw new Error(capture, { cause: error });
    }
  }
  assert.ok(ordered > 100, `${ordered} captures in order`);
});

for (const lab of ["lab-captures", "lab-captures-2"]) {
  test(`the facts of ${lab} do not depend on when packets are correlated and waits end`, (t) => {
    const root = sharedPath(t, lab);
    if (root === null) return;
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => /\.pcap/.test(name));
    assert.ok(files.length > 0);
    for (const file of files) {
      try {
        compare(join(root, file));
      } catch (error) {
        throw new Error(file, { cause: error });
      }
    }
  });
}
