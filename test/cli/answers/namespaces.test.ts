import assert from "node:assert/strict";
import { test } from "node:test";
import { CLUSTER, capture, type Ended, wirespan } from "../../support/cli/wirespan.ts";

const SHOP = [...CLUSTER, "--capture", `node-a=${capture("node-a")}`, "--capture", `node-b=${capture("node-b")}`];
const answer = (...args: string[]): Promise<Ended> => wirespan([...args, ...SHOP]);

test("-n is where names are looked up, and whose workloads are ranked; the graph stays whole", async () => {
  const json = async (...args: string[]) => JSON.parse((await answer(...args, "-o", "json")).stdout);
  const everywhere = await json("blast-radius", "shop/payments");
  assert.deepEqual(await json("blast-radius", "payments", "-n", "shop"), everywhere);
  assert.ok(everywhere.hits.length > 0);
  const elsewhere = await answer("blast-radius", "payments", "-n", "kube-system");
  assert.equal(elsewhere.code, 2);
  assert.match(
    elsewhere.stderr,
    /the graph has no node "payments" in the namespace kube-system; there is service\/shop\/payments, workload\/shop\/payments/,
  );
  assert.match(
    (await answer("blast-radius", "payments", "-n", "nowhere")).stderr,
    /the graph has no namespace "nowhere"; it has /,
  );
  const whole = await json("rollout");
  const part = await json("rollout", "-n", "data");
  assert.deepEqual(part.today, whole.today);
  assert.deepEqual(part.namespaces, ["data"]);
  assert.ok(part.picks.every(({ id }: { id: string }) => id.startsWith("workload/data/")));
  assert.equal((await answer("explain", "checkout", "payments", "-n", "shop")).code, 0);
});
