import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ObjectStore } from "../../../src/kubernetes/client/object-store.ts";
import type { WatchEvent } from "../../../src/kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";

/** Keeps the name and the node of each object. */
const newStore = () =>
  new ObjectStore<string>({
    transform: ({ metadata, spec }) => (metadata?.name === undefined ? null : `${metadata.name} on ${spec?.nodeName}`),
    keyOf: (kept) => kept.split(" ")[0] ?? "",
  });

const pod = (name: string, nodeName: string, ready = true): KubernetesObject => ({
  kind: "Pod",
  metadata: { name },
  spec: { nodeName },
  status: { ready },
});

test("an event that changes no kept field is dropped", () => {
  const pods = newStore();
  const event = (object: KubernetesObject) => pods.apply({ timeMicros: 5, type: "MODIFIED", object });
  assert.deepEqual(event(pod("a", "n1")), { timeMicros: 5, type: "MODIFIED", object: "a on n1" });
  assert.equal(event(pod("a", "n1", false)), null);
  assert.equal(event(pod("a", "n2"))?.object, "a on n2");
  assert.equal(event({ kind: "Pod" }), null);
});

test("an object that a new list lacks is deleted since the last sync, and a new object is added now", () => {
  const pods = newStore();
  for (const name of ["kept", "moved", "gone"]) pods.apply({ timeMicros: 1, type: "ADDED", object: pod(name, "n1") });
  const list = pods.newList();
  for (const object of [pod("kept", "n1"), pod("moved", "n2"), pod("new", "n1")]) list.add(object);
  assert.deepEqual(pods.replace(list, 70, 90), [
    { timeMicros: 70, untilMicros: 90, type: "DELETED", object: "gone on n1" },
    { timeMicros: 90, type: "MODIFIED", object: "moved on n2" },
    { timeMicros: 90, type: "ADDED", object: "new on n1" },
  ]);
  assert.equal(pods.size, 3);
});

test("applying the emitted events always yields the cluster, whether it changes by events or by lists", () => {
  const cluster = fc.array(fc.tuple(fc.string(), fc.constantFrom("n1", "n2")), { maxLength: 4 });
  const steps = fc.array(fc.record({ isListed: fc.boolean(), cluster }), { maxLength: 12 });
  fc.assert(
    fc.property(steps, (clusters) => {
      const pods = newStore();
      const objects = new Map<string, string>();
      const receive = ({ type, object }: WatchEvent<string>): void => {
        const [name = ""] = object.split(" on ");
        if (type === "DELETED") assert.ok(objects.delete(name), `${name} was deleted without having been added`);
        else objects.set(name, object);
      };
      const change = (type: WatchEvent<string>["type"], object: KubernetesObject): void => {
        const event = pods.apply({ timeMicros: 2, type, object });
        if (event !== null) receive(event);
      };
      for (const { isListed, cluster } of clusters) {
        const now = new Map(cluster.map(([name, node]) => [name.replaceAll(" ", "_"), node] as const));
        if (isListed) {
          const list = pods.newList();
          for (const [name, node] of now) list.add(pod(name, node));
          for (const event of pods.replace(list, 0, 1)) receive(event);
        } else {
          for (const name of [...objects.keys()]) if (!now.has(name)) change("DELETED", pod(name, "n1"));
          for (const [name, node] of now) change("MODIFIED", pod(name, node));
        }
        assert.deepEqual(objects, new Map([...now].map(([name, node]) => [name, `${name} on ${node}`])));
      }
    }),
  );
});
