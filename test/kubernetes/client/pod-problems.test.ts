import assert from "node:assert/strict";
import { test } from "node:test";
import { podProblems } from "../../../src/kubernetes/client/pod-problems.ts";

const MESSAGE = "wirespan: capturing on any\nwirespan: NODE_NAME is not in the cluster\n";
const OOM = { reason: "OOMKilled", exitCode: 137, message: MESSAGE };
const BACK_OFF = { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } };

/** The problem of a container with these fields. */
function problemOf(fields: object): string {
  return podProblems({ status: { containerStatuses: [{ name: "agent", ready: false, ...fields }] } }).join("; ");
}

test("a container that ended is described by how it ended, not by what it printed last when it was killed", () => {
  const ended = (terminated: object) => problemOf({ state: BACK_OFF, lastState: { terminated } });
  const prefix = "container agent: CrashLoopBackOff: ";
  assert.equal(ended(OOM), `${prefix}OOMKilled; raise its memory limit`);
  assert.equal(ended({ reason: "Error", exitCode: 137, message: MESSAGE }), `${prefix}killed by signal 9`);
  assert.equal(
    ended({ reason: "Error", exitCode: 2, message: MESSAGE }),
    `${prefix}wirespan: NODE_NAME is not in the cluster`,
  );
  assert.equal(ended({ reason: "Error", exitCode: 2 }), `${prefix}exit code 2`);
});

test("between its end and the back-off, and after a new start until it is ready, it is described, too", () => {
  assert.equal(problemOf({ state: { terminated: OOM } }), "container agent: OOMKilled; raise its memory limit");
  const again = { state: { running: {} }, lastState: { terminated: OOM } };
  assert.equal(problemOf(again), "container agent: started again after this: OOMKilled; raise its memory limit");
  assert.equal(problemOf({ ...again, ready: true }), "");
});

test("containers that start, run, or have completed are no problem", () => {
  for (const state of [
    { waiting: { reason: "ContainerCreating" } },
    { waiting: { reason: "PodInitializing" } },
    { running: {} },
    { terminated: { exitCode: 0, reason: "Completed" } },
  ]) {
    assert.equal(problemOf({ state }), "", JSON.stringify(state));
  }
  assert.deepEqual(podProblems({}), []);
});

test("one problem of several containers is one phrase; init containers and missing nodes count", () => {
  const waiting = { waiting: { reason: "ErrImagePull", message: "not found" } };
  const status = (name: string) => ({ name, ready: false, state: waiting });
  assert.deepEqual(
    podProblems({
      status: {
        initContainerStatuses: [{ name: "setup", state: { waiting: { reason: "CreateContainerConfigError" } } }],
        containerStatuses: [status("agent"), status("sensor")],
        conditions: [{ type: "PodScheduled", status: "False", message: "0/2 nodes are available" }],
      },
    }),
    [
      "container setup: CreateContainerConfigError",
      "containers agent, sensor: ErrImagePull: not found",
      "0/2 nodes are available",
    ],
  );
});
