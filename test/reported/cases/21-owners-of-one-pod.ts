import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

/**
 * Decision: an owner of a single pod is named after its creator if labels of the pod name it, which they do not here. A
 * Rollout is recognized by the label that only its controller sets.
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
