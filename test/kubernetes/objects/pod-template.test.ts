import assert from "node:assert/strict";
import { test } from "node:test";
import { podIdentityOf } from "../../../src/kubernetes/objects/pod-template.ts";

test("of the labels and ports of a pod, a bounded number is kept", () => {
  const labels = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`label-${10_000 + i}`, "x".repeat(63)]));
  const ports = Array.from({ length: 10_000 }, (_, i) => ({ containerPort: 1 + i }));
  const { template } = podIdentityOf(
    { labels },
    { containers: [{ ports }] },
    { preferLabels: false, unnamedBy: "pod" },
  );
  assert.deepEqual(Object.keys(template.labels), Object.keys(labels).slice(0, 256));
  assert.deepEqual(
    template.ports.map(({ port }) => port),
    ports.slice(0, 1_024).map(({ containerPort }) => containerPort),
  );
});
