import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { trimObject } from "../../src/cluster/trim-object.ts";
import { readSource } from "./source-files.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly [more: string]: unknown;
}

const role = parse(readSource("charts/wirespan/files/cluster-role.yaml").text) as { kind: string; rules: Rule[] };

/** Kinds of a cluster, by the group and resource under which the API serves them. */
const RESOURCES: readonly (readonly [kind: string, resource: string])[] = [
  ["ConfigMap", "configmaps"],
  ["CronJob", "cronjobs.batch"],
  ["DaemonSet", "daemonsets.apps"],
  ["Deployment", "deployments.apps"],
  ["EndpointSlice", "endpointslices.discovery.k8s.io"],
  ["Endpoints", "endpoints"],
  ["Job", "jobs.batch"],
  ["Namespace", "namespaces"],
  ["Node", "nodes"],
  ["Pod", "pods"],
  ["ReplicaSet", "replicasets.apps"],
  ["Secret", "secrets"],
  ["Service", "services"],
  ["StatefulSet", "statefulsets.apps"],
];

test("the ClusterRole lets an agent get, list and watch the kinds that it reads, and nothing else", () => {
  const granted = role.rules.flatMap(({ apiGroups, resources, verbs, ...more }) => {
    assert.deepEqual(verbs, ["get", "list", "watch"]);
    assert.deepEqual(more, {});
    return apiGroups.flatMap((group) =>
      resources.map((resource) => (group === "" ? resource : `${resource}.${group}`)),
    );
  });
  const read = RESOURCES.filter(([kind]) => trimObject({ kind, metadata: { name: "any" } }) !== null);
  assert.equal(role.kind, "ClusterRole");
  assert.deepEqual(granted.toSorted(), read.map(([, resource]) => resource).toSorted());
});
