// K1: the chart's ClusterRole suffices; a missing right is named with its effect, and everything else continues.
import assert from "node:assert/strict";
import { test } from "node:test";
import { WATCHED_KINDS } from "../../src/kubernetes/objects/watched-kinds.ts";
import { until } from "../support/until.ts";
import { follow, pod, ROLE_RULES, type SmallCluster, smallCluster } from "./support/small-cluster.ts";

const BOUND = { timeout: 300_000 };

/** The role without these verbs on one resource, `pods` or `jobs.batch`. */
function roleWithout(resource: string, verbs: readonly string[]) {
  const rules = ROLE_RULES.flatMap((rule) =>
    rule.resources.map((name) => {
      const isSelected = [name, ...rule.apiGroups].filter((part) => part !== "").join(".") === resource;
      return {
        ...rule,
        resources: [name],
        verbs: isSelected ? rule.verbs.filter((verb) => !verbs.includes(verb)) : rule.verbs,
      };
    }),
  );
  return rules.filter((rule) => rule.verbs.length > 0);
}

/** Resolves when the API server applies the rules. */
async function allow(
  { account }: SmallCluster,
  resource: string,
  path: string,
  verbs: readonly string[],
): Promise<void> {
  await account.allow(roleWithout(resource, verbs));
  const { api } = account;
  const isAllowed = async (query: string) => (await api.request("GET", `${path}${query}`)).status === 200;
  await until(`${verbs.join(" and ")} on ${resource} are applied`, async () => {
    const list = await isAllowed("?limit=1");
    const watch = await isAllowed("?watch=1&timeoutSeconds=1");
    return list === !verbs.includes("list") && watch === !verbs.includes("watch");
  });
  api.close();
}

test(
  "with the ClusterRole there is no problem; without a kind its verbs are named, and the other kinds are known",
  BOUND,
  async (t) => {
    const small = await smallCluster(t);
    const { port } = small.kubernetes;
    const whole = await follow(t, small, port);
    assert.deepEqual(whole.problems, []);
    for (const { resource, path, ifMissing } of WATCHED_KINDS) {
      await allow(small, resource, path, ["get", "list", "watch"]);
      const { problems, cluster, ownerOf } = await follow(t, small, port);
      assert.deepEqual(problems, [
        `the API server forbids this user to list and watch ${resource}: allow list and watch on ${resource} in the ClusterRole of the service account; without it ${ifMissing}`,
      ]);
      const unknown = cluster.watches()?.filter(({ isSynced }) => !isSynced);
      assert.deepEqual(
        unknown?.map(({ kind }) => kind),
        [resource],
      );
      if (resource !== "pods") assert.equal(ownerOf("10.1.1.6"), "Pod lonely");
      await cluster.close();
    }
  },
);

test("without watch a kind is listed repeatedly; without list it is streamed", BOUND, async (t) => {
  const small = await smallCluster(t);
  const { port, admin } = small.kubernetes;
  const pods = "/api/v1/pods";
  await allow(small, "pods", pods, ["watch"]);
  const listed = await follow(t, small, port);
  await until("it is reported", () => listed.problems.length > 0);
  assert.deepEqual(listed.problems, [
    "the API server forbids this user to watch pods: allow watch on pods in the ClusterRole of the service account; without it changes are seen up to 30 s late",
  ]);
  await admin.create(pod("late", "here", "10.1.0.9"));
  await until("the new pod is known", () => listed.ownerOf("10.1.0.9") === "Pod late");

  await allow(small, "pods", pods, ["get", "list"]);
  const streamed = await follow(t, small, port);
  assert.deepEqual(streamed.problems, []);
  assert.equal(streamed.ownerOf("10.1.0.9"), "Pod late");
});

test("a restored right is used, and reported", BOUND, async (t) => {
  const small = await smallCluster(t);
  await allow(small, "services", "/api/v1/services", ["get", "list", "watch"]);
  const { problems } = await follow(t, small, small.kubernetes.port);
  assert.equal(problems.length, 1);
  await allow(small, "services", "/api/v1/services", []);
  await until("it is reported", () => problems.at(-1) === null);
});
