import assert from "node:assert/strict";
import { test } from "node:test";
import { type CaptureStats, statsBeforeCapture } from "../../src/agent/capture-stats.ts";
import { describeLosses } from "../../src/agent/describe-losses.ts";
import { CaptureError } from "../../src/model/errors.ts";

const SYNCED = { kind: "pods", isSynced: true, isForbidden: false, problem: null };

const NONE = statsBeforeCapture({ ready: 0, notReady: 0 });
const NO_LOSS = NONE.sensor.lost;

/** The figures of a capture that has ended. */
function statsWith(kernelDrops: number, sensor: Partial<CaptureStats["sensor"]> = {}): CaptureStats {
  return { ...NONE, kernelDrops, sensor: { ...NONE.sensor, starts: 1, ...sensor } };
}

/** Everything that is missing, as the result says it. */
const missing = (...given: Parameters<typeof describeLosses>): string => describeLosses(...given).join("; ");

test("a capture without losses is complete", () => {
  assert.deepEqual(describeLosses(statsWith(0), undefined, [SYNCED]), []);
});

test("packets that the kernel dropped are counted", () => {
  assert.match(missing(statsWith(1), undefined, []), /kernel dropped 1 packet;.*more CPU/);
  assert.match(missing(statsWith(7), undefined, []), /kernel dropped 7 packets;.*more CPU/);
});

test("a sensor that exited is described with the reason, and with the number of times", () => {
  const once = { lost: { ...NO_LOSS, killed: 1 }, lastReason: "killed by SIGKILL" };
  const often = { lost: { ...NO_LOSS, killed: 1, silent: 2 }, lastReason: "no heartbeat for 5 s" };
  assert.match(missing(statsWith(0, once), undefined, []), /^the sensor stopped \(killed by SIGKILL\); packets until/);
  assert.match(missing(statsWith(0, often), undefined, []), /^the sensor stopped 3 times \(no heartbeat for 5 s\);/);
});

test("packets that the sensor had not read when it exited are counted", () => {
  assert.match(missing(statsWith(0, { unread: 1 }), undefined, []), /^the sensor exited before it read 1 packet;/);
  assert.match(
    missing(statsWith(0, { unread: 7 }), undefined, []),
    /^the sensor exited before it read 7 packets;.*more CPU/,
  );
});

test("a sensor that was killed at the end is described: its last facts cannot be counted", () => {
  const text = missing(statsWith(0, { cutShort: "killed by SIGKILL" }), undefined, []);
  assert.match(text, /^the sensor did not exit in time \(killed by SIGKILL\); its last facts are missing$/);
});

test("kinds that were never listed are named, and no others", () => {
  const unknown = { ...SYNCED, kind: "jobs.batch", isSynced: false };
  const text = missing(statsWith(0), undefined, [SYNCED, unknown]);
  assert.match(text, /jobs\.batch were never listed/);
  assert.doesNotMatch(text, /pods/);
});

test("kinds that are forbidden have one sentence together, with the right to give", () => {
  const forbidden = (kind: string) => ({ kind, isSynced: false, isForbidden: true, problem: `forbids ${kind}` });
  assert.deepEqual(describeLosses(statsWith(0), undefined, [forbidden("nodes"), SYNCED, forbidden("services")]), [
    "nodes, services were never listed: the API server forbids it; allow list and watch on them in the ClusterRole of the service account",
  ]);
});

test("while changes of the cluster do not arrive, the result says why, and which ends are wrong", () => {
  const problem = "the API server at https://10.96.0.1:443 does not answer; check that this machine reaches it";
  const stale = { ...SYNCED, problem };
  assert.deepEqual(describeLosses(statsWith(0), undefined, [stale, { ...stale, kind: "nodes" }]), [
    `changes of pods, nodes do not arrive: ${problem}; until then ends of new pods are unresolved, or have the name of an address's last owner`,
  ]);
});

test("several losses are all described; an error of the capture is described alone", () => {
  const lost = { lost: { ...NO_LOSS, exited: 1 }, lastReason: "exit code 70" };
  assert.match(missing(statsWith(3, lost), undefined, []), /dropped 3.*; the sensor stopped/);
  assert.equal(missing(statsWith(3, lost), new CaptureError("it broke off"), []), "it broke off");
});
