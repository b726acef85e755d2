import assert from "node:assert/strict";
import { type LineEnd, type ReportedCase, tally } from "../support/reported-case.ts";

const isUnresolved = ({ type }: LineEnd) => type === "unresolved";

/** Capture, cluster and node, and the expected results with and without `--node`. */
const CAPTURES: readonly (readonly [
  capture: string,
  cluster: string,
  node: string,
  expected: Record<string, number>,
])[] = [
  [
    "worker-1.pcap",
    "cluster.json",
    "worker-1",
    {
      "shop/frontend -> shop/catalog established": 2,
      "shop/frontend -> unresolved established": 1,
      "unresolved -> external established": 1,
      "unresolved -> shop/catalog established": 1,
    },
  ],
  [
    "worker-1-hostlocal.pcap",
    "cluster-hostlocal.json",
    "worker-1",
    {
      "shop/frontend -> shop/catalog established": 2,
      "shop/frontend -> unresolved established": 1,
      "unresolved -> shop/catalog established": 1,
    },
  ],
  [
    "eks.pcap",
    "cluster-eks.json",
    "ip-10-0-1-11.ec2.internal",
    {
      "shop/frontend -> shop/catalog established": 2,
      "shop/frontend -> unresolved established": 1,
      "unresolved -> external established": 1,
      "unresolved -> external refused": 1,
      "unresolved -> shop/catalog established": 1,
    },
  ],
];

export const reportedCase: ReportedCase = {
  folder: "12-calico-blocks-ended-pods",
  async check(inputs) {
    for (const [capture, cluster, node, expected] of CAPTURES) {
      for (const where of ["", ` --node ${node}`]) {
        const args = `replay ${capture} --cluster ${cluster}${where}`;
        const lines = await inputs.interactions(args);
        assert.deepEqual(tally(lines), expected, args);
        const { unresolved } = await inputs.stats(args);
        assert.equal(unresolved, lines.filter((line) => isUnresolved(line.client) || isUnresolved(line.server)).length);
      }
    }
  },
};
