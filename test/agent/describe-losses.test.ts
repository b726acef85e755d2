import assert from "node:assert/strict";
import { test } from "node:test";
import type { Agent, AgentStats } from "../../src/agent/agent.ts";
import { describeLosses } from "../../src/agent/describe-losses.ts";
import { CaptureError } from "../../src/model/errors.ts";

const NO_LOSS = { exited: 0, killed: 0, silent: 0, garbled: 0 };
const SYNCED = { kind: "pods", isSynced: true, isForbidden: false, problem: null };

/** An agent that has ended with these figures. */
function agentWith(kernelDrops: number, sensor: Partial<AgentStats["sensor"]> = {}): Agent {
  const stats = {
    kernelDrops,
    sensor: { starts: 1, lost: NO_LOSS, lastReason: null, cutShort: null, unread: 0, ...sensor },
  };
  return { ended: Promise.resolve(), stop: async () => {}, stats: () => stats as unknown as AgentStats };
}

/** All that is said to be missing, as it stands in the result. */
const missing = (...given: Parameters<typeof describeLosses>): string => describeLosses(...given).join("; ");

test("a run without losses has nothing to say", () => {
  assert.deepEqual(describeLosses(agentWith(0), undefined, [SYNCED]), []);
});

test("packets that the kernel dropped make the result incomplete, be it one", () => {
  assert.match(missing(agentWith(1), undefined, []), /kernel dropped 1 packet;.*more CPU/);
  assert.match(missing(agentWith(7), undefined, []), /kernel dropped 7 packets;.*more CPU/);
});

test("a sensor that was lost is said with the reason, and how often where it was more than once", () => {
  const once = { lost: { ...NO_LOSS, killed: 1 }, lastReason: "killed by SIGKILL" };
  const often = { lost: { ...NO_LOSS, killed: 1, silent: 2 }, lastReason: "no heartbeat for 5 s" };
  assert.match(missing(agentWith(0, once), undefined, []), /lost \(killed by SIGKILL\);/);
  assert.match(missing(agentWith(0, often), undefined, []), /lost \(no heartbeat for 5 s\), 3 times;/);
});

test("packets that were received and not read when the sensor ended are counted, be it one", () => {
  assert.match(missing(agentWith(0, { unread: 1 }), undefined, []), /^1 packet that was received had not been read/);
  assert.match(missing(agentWith(0, { unread: 7 }), undefined, []), /^7 packets that were received had .*more CPU/);
});

test("a sensor that was killed at the end is said, for what it had not told cannot be counted", () => {
  const text = missing(agentWith(0, { cutShort: "killed by SIGKILL" }), undefined, []);
  assert.match(text, /^the sensor did not end in time \(killed by SIGKILL\); what it had not told is missing$/);
});

test("kinds that never became known are named, and those that are known are not", () => {
  const unknown = { ...SYNCED, kind: "jobs.batch", isSynced: false };
  const text = missing(agentWith(0), undefined, [SYNCED, unknown]);
  assert.match(text, /jobs\.batch never became known/);
  assert.doesNotMatch(text, /pods/);
});

test("several losses stand side by side, and an error of the capture stands alone", () => {
  const lost = { lost: { ...NO_LOSS, exited: 1 }, lastReason: "exit code 70" };
  assert.match(missing(agentWith(3, lost), undefined, []), /dropped 3.*; the sensor was lost/);
  assert.equal(missing(agentWith(3, lost), new CaptureError("it broke off"), []), "it broke off");
});
