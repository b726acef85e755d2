import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterIndex } from "../../src/inventory/cluster-index.ts";
import { KnownPods } from "../../src/inventory/known-pods.ts";
import { trimObject } from "../../src/kubernetes/objects/trim-object.ts";
import { micros, type PodOptions, pod } from "../support/cluster/cluster-objects.ts";

function update(index: ClusterIndex, options: PodOptions): void {
  const object = trimObject(pod("shop/web", { ip: "10.244.1.1", ...options }));
  assert.ok(object !== null);
  index.apply({ timeMicros: 1, type: "MODIFIED", object });
}

test("an update of the readiness alone is kept, and repeats no decision", () => {
  const index = new ClusterIndex();
  update(index, { ready: false });
  const { version } = index;
  update(index, { ready: true });
  assert.equal(index.version, version);
  assert.deepEqual(
    [...index.pods.all()].map(({ isReady }) => isReady),
    [true],
  );
  update(index, { ready: false, ip: "10.244.1.2" });
  assert.ok(index.version > version);
  assert.equal(index.ownerOf("10.244.1.2", 2).type, "pod");
});

/** Pods that were deleted, one each second, and the names of those that have been forgotten. */
function deletedPods(count: number) {
  const pods = new KnownPods();
  const forgotten: string[] = [];
  pods.onForgotten(({ name }) => forgotten.push(name));
  for (let i = 0; i < count; i++) {
    const record = recordOf(`shop/${i}`);
    pods.put(record);
    pods.remove(record, micros(i));
  }
  return { pods, forgotten };
}

function recordOf(path: string) {
  const record = trimObject(pod(path));
  assert.ok(record?.kind === "Pod");
  return record;
}

test("a deleted pod is known for three minutes at least and six at most, while others are deleted", () => {
  const { pods, forgotten } = deletedPods(1_000);
  assert.deepEqual(
    forgotten,
    Array.from({ length: forgotten.length }, (_, i) => `${i}`),
  );
  assert.ok(forgotten.length >= 1_000 - 361 && forgotten.length <= 1_000 - 180, `${forgotten.length}`);
  assert.equal(pods.withUid(`uid of shop/${forgotten.length - 1}`), undefined);
  assert.equal(pods.withUid(`uid of shop/${forgotten.length}`)?.name, `${forgotten.length}`);
});

test("a pod that exists again is not forgotten", () => {
  const { pods, forgotten } = deletedPods(1);
  pods.put(recordOf("shop/0"));
  for (let i = 1; i < 1_000; i++) pods.remove(recordOf(`shop/${i}`), micros(i));
  assert.equal(forgotten[0], "1");
  assert.equal(pods.withUid("uid of shop/0")?.name, "0");
});
