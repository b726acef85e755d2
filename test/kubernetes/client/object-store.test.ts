import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ObjectStore } from "../../../src/kubernetes/client/object-store.ts";
import type { WatchEvent } from "../../../src/kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";

/** Of each object its name and its node are kept. */
const known = () =>
  new ObjectStore<string>({
    trim: ({ metadata, spec }) => (metadata?.name === undefined ? null : `${metadata.name} on ${spec?.nodeName}`),
    keyOf: (kept) => kept.split(" ")[0] ?? "",
  });

const pod = (name: string, nodeName: string, ready = true): KubernetesObject => ({
  ...{ kind: "Pod", metadata: { name }, spec: { nodeName }, status: { ready } },
});

test("an event that changes nothing that is kept is no news", () => {
  const pods = known();
  const event = (object: KubernetesObject) => pods.change({ timeMicros: 5, type: "MODIFIED", object });
  assert.deepEqual(event(pod("a", "n1")), { timeMicros: 5, type: "MODIFIED", object: "a on n1" });
  assert.equal(event(pod("a", "n1", false)), null);
  assert.equal(event(pod("a", "n2"))?.object, "a on n2");
  assert.equal(event({ kind: "Pod" }), null);
});

test("what a new list lacks ended when it was certain last, and what it has new is told now", () => {
  const pods = known();
  for (const name of ["kept", "moved", "gone"]) pods.change({ timeMicros: 1, type: "ADDED", object: pod(name, "n1") });
  const list = pods.newList();
  for (const object of [pod("kept", "n1"), pod("moved", "n2"), pod("new", "n1")]) list.add(object);
  assert.deepEqual(pods.replace(list, 70, 90), [
    { timeMicros: 70, untilMicros: 90, type: "DELETED", object: "gone on n1" },
    { timeMicros: 90, type: "MODIFIED", object: "moved on n2" },
    { timeMicros: 90, type: "ADDED", object: "new on n1" },
  ]);
  assert.equal(pods.size, 3);
});

test("by events or by lists, who hears the news knows what the cluster holds", () => {
  const cluster = fc.array(fc.tuple(fc.string(), fc.constantFrom("n1", "n2")), { maxLength: 4 });
  const steps = fc.array(fc.record({ isListed: fc.boolean(), cluster }), { maxLength: 12 });
  fc.assert(
    fc.property(steps, (clusters) => {
      const pods = known();
      const heard = new Map<string, string>();
      const hear = ({ type, object }: WatchEvent<string>): void => {
        const [name = ""] = object.split(" on ");
        if (type === "DELETED") assert.ok(heard.delete(name), `${name} was deleted and had not been there`);
        else heard.set(name, object);
      };
      const changes = (type: WatchEvent<string>["type"], object: KubernetesObject): void => {
        const event = pods.change({ timeMicros: 2, type, object });
        if (event !== null) hear(event);
      };
      for (const { isListed, cluster } of clusters) {
        const now = new Map(cluster.map(([name, node]) => [name.replaceAll(" ", "_"), node] as const));
        if (isListed) {
          const list = pods.newList();
          for (const [name, node] of now) list.add(pod(name, node));
          for (const event of pods.replace(list, 0, 1)) hear(event);
        } else {
          for (const name of [...heard.keys()]) if (!now.has(name)) changes("DELETED", pod(name, "n1"));
          for (const [name, node] of now) changes("MODIFIED", pod(name, node));
        }
        assert.deepEqual(heard, new Map([...now].map(([name, node]) => [name, `${name} on ${node}`])));
      }
    }),
  );
});
