import assert from "node:assert/strict";
import { type ReportedCase, tally } from "../support/reported-case.ts";

const ARGS = "replay node.pcap --cluster cluster.json --node ip-10-0-1-11.ec2.internal";

export const reportedCase: ReportedCase = {
  folder: "10-control-plane-calls-webhook",
  async check(inputs) {
    assert.deepEqual(tally(await inputs.interactions(ARGS)), {
      "cert-manager/cert-manager-webhook -> default/kubernetes established": 1,
      "cert-manager/cert-manager-webhook -> kube-system/metrics-server established": 1,
      "default/kubernetes -> cert-manager/cert-manager-webhook established": 1,
      "default/kubernetes -> ip-10-0-1-11.ec2.internal established": 1,
      "default/kubernetes -> kube-system/metrics-server established": 1,
    });
    const { nodes } = await inputs.graph(ARGS);
    assert.deepEqual(
      nodes.filter(({ name, type }) => name === "kubernetes" || type === "external").map(({ id }) => id),
      ["service/default/kubernetes"],
    );
  },
};
