import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterIndex } from "../../src/inventory/cluster-index.ts";
import { trimObject } from "../../src/kubernetes/objects/trim-object.ts";
import { type PodOptions, pod } from "../support/cluster/cluster-objects.ts";

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
