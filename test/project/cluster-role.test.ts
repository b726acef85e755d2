import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { WATCHED_KINDS } from "../../src/kubernetes/objects/watched-kinds.ts";
import { readSource } from "./support/source-files.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly [more: string]: unknown;
}

const role = parse(readSource("charts/wirespan/files/cluster-role.yaml").text) as { kind: string; rules: Rule[] };

test("the ClusterRole lets an agent get, list and watch the kinds that it watches, and nothing else", () => {
  const granted = role.rules.flatMap(({ apiGroups, resources, verbs, ...more }) => {
    assert.deepEqual(verbs, ["get", "list", "watch"]);
    assert.deepEqual(more, {});
    return apiGroups.flatMap((group) =>
      resources.map((resource) => (group === "" ? resource : `${resource}.${group}`)),
    );
  });
  assert.equal(role.kind, "ClusterRole");
  assert.deepEqual(granted.toSorted(), WATCHED_KINDS.map(({ resource }) => resource).toSorted());
});
