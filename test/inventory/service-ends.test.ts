import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ClusterIndex } from "../../src/inventory/cluster-index.ts";
import type { ClusterUpdate } from "../../src/kubernetes/objects/cluster-event.ts";
import type { KubernetesObject, ServiceRecord } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import { trimObject } from "../../src/kubernetes/objects/trim-object.ts";
import { micros, pod, service, slice } from "../support/cluster/cluster-objects.ts";

function update(type: ClusterUpdate["type"], seconds: number, from: KubernetesObject): ClusterUpdate {
  const object = trimObject(from);
  assert.ok(object);
  return { type, object, timeMicros: micros(seconds) };
}

const shop = trimObject(service("shop/web", { ip: "10.96.0.7" }));
assert.ok(shop?.kind === "Service");
const web: ServiceRecord = shop;

/** Pods of two workloads at four addresses; a later pod may have the address of an earlier one. */
const PODS = Array.from({ length: 8 }, (_, i) =>
  pod(`shop/web-${i}`, { ip: `10.244.0.${1 + (i % 4)}`, owner: ["StatefulSet", i % 3 === 0 ? "blue" : "green"] }),
);

const podNumber = fc.integer({ min: 0, max: PODS.length - 1 });
/** Endpoints by the pod, or by its address alone. */
const endpoints = fc.array(fc.tuple(podNumber, fc.boolean()), { maxLength: 3 });
const event = fc.oneof(
  fc.record({ type: fc.constantFrom("ADDED", "DELETED"), pod: podNumber }),
  fc.record({ type: fc.constant("MODIFIED"), endpoints, suffix: fc.constantFrom("a", "b") }),
  fc.record({ type: fc.constant("DELETED"), endpoints: fc.constant([]), suffix: fc.constantFrom("a", "b") }),
);

function updateOf(each: Parameters<Parameters<typeof event.map>[0]>[0], seconds: number): ClusterUpdate {
  const type = each.type as ClusterUpdate["type"];
  if ("pod" in each) return update(type, seconds, PODS[each.pod] as KubernetesObject);
  const ends = each.endpoints.map(([number, isPod]) => {
    const one = PODS[number] as KubernetesObject;
    return isPod ? one : String(one.status?.podIP);
  });
  return update(type, seconds, slice("shop/web", 80, ends, each.suffix));
}

test("the end of a Service is the same however often, and for which times, it was found before", () => {
  const seconds = fc.integer({ min: 0, max: 60 });
  const steps = fc.array(fc.tuple(event, fc.array(seconds, { maxLength: 6 })), { minLength: 1, maxLength: 14 });
  fc.assert(
    fc.property(steps, (all) => {
      const asked = new ClusterIndex();
      const updates: ClusterUpdate[] = [];
      for (const [i, [each, times]] of all.entries()) {
        const next = updateOf(each, 3 + i * 4);
        updates.push(next);
        asked.apply(next);
        for (const time of times) {
          const fresh = new ClusterIndex();
          for (const one of updates) fresh.apply(one);
          assert.deepEqual(asked.endOfService(web, micros(time)), fresh.endOfService(web, micros(time)));
        }
      }
    }),
    { numRuns: 400 },
  );
});
