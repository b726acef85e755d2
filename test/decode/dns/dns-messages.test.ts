import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sharedPath } from "../../support/paths.ts";
import { readCapture } from "../support/our-readings.ts";
import { dnsReadings } from "../support/tshark-truth.ts";

// Unusual and malformed DNS messages from the test suites of DNS software, one in a packet.

test("unusual DNS messages never throw, and well-formed ones are decoded as by tshark", async (t) => {
  const folder = sharedPath(t, "dns-messages");
  if (folder === null) return;
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".pcap"))) {
    await t.test(file, () => {
      const { messages, counters } = readCapture(join(folder, file));
      const ours = new Map(messages.map((message) => [message.frame, message.text]));
      const truth = dnsReadings(join(folder, `${file}.dns.tsv`));
      assert.ok(truth.length > 0 && counters.packets >= truth.length);
      for (const { frame, exempt, text } of truth) {
        if (exempt === null || ours.has(frame)) assert.equal(ours.get(frame), text, `packet ${frame} ${exempt}`);
        ours.delete(frame);
      }
      assert.deepEqual([...ours], [], "messages that tshark does not see");
    });
  }
});
