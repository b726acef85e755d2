import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

/**
 * Decided: an owner that lives for one pod is named by what started it where the pod's labels say it, which they do not
 * here. A Rollout is told by the label that only its controller gives.
 */
export const reportedCase: ReportedCase = {
  folder: "21-owners-of-one-pod",
  async check(inputs) {
    const lines = await inputs.interactions("replay worker-1.pcap --cluster cluster.json --node worker-1");
    assert.deepEqual(
      lines.map(({ client }) => `${client.kind} ${client.namespace}/${client.name}`),
      [
        "EphemeralRunner ci/arc-runners-k4t8x-runner-7jz9p",
        "EphemeralRunner ci/arc-runners-k4t8x-runner-q2w8d",
        "Workflow ci/build-x2f9d",
        "Workflow ci/build-p8s3k",
        "Pod ci/etl-a1b2c-driver",
        "Rollout ci/canary",
      ],
    );
  },
};
