import { type SpanPair, toSpanPair } from "../../../../src/export/spans/span-pair.ts";
import type { End, Interaction } from "../../../../src/model/interaction.ts";
import { failedLookup, interaction, refused, workload } from "../../../export/support/sample-interactions.ts";

const KINDS = [
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "CronJob",
  "Job",
  "ReplicaSet",
  "ReplicationController",
  "Pod",
];

const ENDS: readonly End[] = [
  ...KINDS.map((kind) => workload("x", "shop", kind)),
  { type: "service", namespace: "shop", name: "gone" },
  { type: "node", name: "worker-1" },
  { type: "external", name: "api.example.com" },
  { type: "unresolved", address: "10.0.0.1" },
];

const SAMPLES: readonly Interaction[] = [
  ...ENDS.flatMap((end) => [interaction({ client: end }), interaction({ server: end })]),
  interaction({ canonicalName: "edge.example.net", retries: 2, clientPod: "orders-1", serverPod: "profile-1" }),
  refused(),
  failedLookup(),
];

/** A span pair of each kind: every kind of end on both sides, every outcome, with nodes by themselves and together. */
export function samplePairs(): readonly SpanPair[] {
  return [true, false].flatMap((keepNodes) =>
    SAMPLES.map((sample) => toSpanPair(sample, { keepNodes, traceIdFor: () => "1", spanId: () => "2", count: 2 })),
  );
}
