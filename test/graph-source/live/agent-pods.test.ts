import assert from "node:assert/strict";
import { test } from "node:test";
import { listAgentPods } from "../../../src/graph-source/live/agent-pods.ts";
import { ApiClient } from "../../../src/kubernetes/client/api-client.ts";
import { json, startOddApi } from "../../kubernetes/client/support/odd-api.ts";
import { pod } from "../../support/cluster/cluster-objects.ts";

const labels = { "app.kubernetes.io/name": "wirespan" };

test("a pod without the host's network is no agent, whatever labels it has: its graph would be merged", async (t) => {
  const items = [
    pod("obs/wirespan-a", { labels, hostNetwork: true, ports: [{ name: "health", containerPort: 19_464 }] }),
    pod("evil/wirespan-a", { labels, ports: [{ name: "health", containerPort: 19_464 }] }),
  ];
  const { access } = await startOddApi(t, (_path, response) => json(response, 200, { kind: "PodList", items }));
  const pods = await listAgentPods(new ApiClient(access), null);
  assert.deepEqual(
    pods.map(({ namespace, name, port }) => [namespace, name, port]),
    [["obs", "wirespan-a", 19_464]],
  );
});
