import assert from "node:assert/strict";
import { test } from "node:test";
import { planTurns, serves } from "../../scripts/node-cost/turns.ts";
import { endpointsOf, workloadKey } from "../lab/cluster/cluster-plan.ts";

for (const count of [3, 40, 400]) {
  const { cluster, steps } = planTurns(count);

  test(`in ${count} steps each address goes to a pod of another workload, and one after the other`, () => {
    assert.equal(steps.length, count);
    for (const { ends, starts } of steps) {
      assert.deepEqual(starts.address, ends.address);
      assert.equal(starts.workload.namespace, ends.workload.namespace);
      assert.notEqual(workloadKey(starts.workload), workloadKey(ends.workload));
      assert.ok(ends.to < starts.from);
      assert.equal(serves(starts), serves(ends));
    }
    const names = cluster.pods.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });

  test(`in ${count} steps every Service has a pod at all times`, () => {
    const moments = steps.flatMap(({ ends, starts }) => [ends.to, starts.from]);
    for (const service of cluster.services.filter(({ namespace }) => namespace === "shop")) {
      for (const at of [0, ...moments])
        assert.ok(endpointsOf(cluster, service, at).length > 0, `${service.name} at ${at}`);
    }
  });
}
