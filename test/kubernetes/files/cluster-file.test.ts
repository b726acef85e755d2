import assert from "node:assert/strict";
import { truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readClusterFile } from "../../../src/kubernetes/files/cluster-file.ts";
import { fileWith, isConfigError } from "./support/input-file.ts";

test("a List, a typed list and a single object are read; the items of a typed list get its kind", (t) => {
  const named = (name: string) => ({ metadata: { name } });
  const list = {
    kind: "List",
    items: [
      { kind: "Pod", ...named("a") },
      { kind: "Node", ...named("b") },
    ],
  };
  const kinds = (path: string) => readClusterFile(path).map(({ kind, metadata }) => `${kind} ${metadata?.name}`);
  assert.deepEqual(kinds(fileWith(t, JSON.stringify(list))), ["Pod a", "Node b"]);
  const typed = { kind: "PodList", apiVersion: "v1", items: [named("a"), { kind: "Pod", ...named("b") }] };
  assert.deepEqual(kinds(fileWith(t, JSON.stringify(typed))), ["Pod a", "Pod b"]);
  assert.deepEqual(kinds(fileWith(t, JSON.stringify({ kind: "Pod", ...named("a") }))), ["Pod a"]);
  const empty = JSON.stringify({ kind: "List", items: [] });
  assert.deepEqual(kinds(fileWith(t, empty)), []);
});

test("a byte order mark before the JSON, as Windows shells write it, is ignored", (t) => {
  const path = fileWith(t, `\uFEFF${JSON.stringify({ kind: "List", items: [] })}`);
  assert.deepEqual(readClusterFile(path), []);
});

for (const [what, text, ...parts] of [
  ["truncated JSON", '{"kind":"List","items":[', "is truncated or broken JSON", "kubectl get"],
  ["no content", "", "is empty", "kubectl get"],
  ["YAML", "apiVersion: v1\nkind: List\nitems: []\n", "is YAML", "kubectl get"],
  ["words", "No resources found", "is not JSON", "kubectl get"],
  ["JSON that is not an object", "[]", "no Kubernetes objects", "kubectl get"],
  ["null", "null", "no Kubernetes objects", "kubectl get"],
  ["an object without a kind", '{"items":{}}', "no Kubernetes objects", "kubectl get"],
  ["a List without items", '{"kind":"List"}', "without items", "kubectl get"],
  ["a List whose items are not a list", '{"kind":"PodList","items":{}}', "without items", "kubectl get"],
] as const) {
  test(`a cluster file with ${what} is rejected with one sentence`, (t) => {
    const path = fileWith(t, text);
    assert.throws(
      () => readClusterFile(path),
      (error) => isConfigError(error, path, ...parts),
    );
  });
}

test("items that are not objects are ignored", (t) => {
  const path = fileWith(t, '{"kind":"List","items":[null,1,"x",[],{"kind":"Pod","metadata":{"name":"a"}}]}');
  assert.equal(readClusterFile(path).length, 1);
});

test("a missing file and a directory are rejected with one sentence", (t) => {
  const missing = join(tmpdir(), "wirespan-is-not-there.json");
  assert.throws(
    () => readClusterFile(missing),
    (error) => isConfigError(error, missing, "does not exist"),
  );
  const folder = join(fileWith(t, ""), "..");
  assert.throws(
    () => readClusterFile(folder),
    (error) => isConfigError(error, folder),
  );
});

test("a file larger than the limit is rejected before it is read, and an endless one at the limit", (t) => {
  const path = fileWith(t, "");
  truncateSync(path, 550_000_000);
  for (const each of [path, "/dev/zero"]) {
    assert.throws(
      () => readClusterFile(each),
      (error) => isConfigError(error, "is larger than 256 MB", "; pass one with only the kinds that --help lists"),
    );
  }
});

test("nested lists, the output of several kubectl commands, and null among objects give one cluster", (t) => {
  const pod = (name: string) => ({ kind: "Pod", metadata: { name } });
  const list = (...items: unknown[]) => ({ kind: "List", items });
  const typed = { kind: "PodList", items: [{ metadata: { name: "c" } }, null] };
  const names = (text: string) =>
    readClusterFile(fileWith(t, text)).map(({ kind, metadata }) => `${kind} ${metadata?.name}`);
  const all = ["Pod a", "Pod b", "Pod c"];
  assert.deepEqual(names(JSON.stringify([list(pod("a")), list(pod("b")), typed])), all);
  assert.deepEqual(names(JSON.stringify(list(list(pod("a"), list(pod("b"))), null, typed))), all);
  assert.deepEqual(
    names([list(pod("a"), pod("b")), typed].map((part) => JSON.stringify(part, null, 4)).join("\n")),
    all,
  );
  assert.deepEqual(names([pod("a"), pod("b"), typed].map((part) => JSON.stringify(part)).join("\n")), all);
  assert.deepEqual(names(JSON.stringify({ kind: "PodList", items: null })), []);
  assert.equal(names(`${"[".repeat(9_000)}${JSON.stringify(pod("a"))}${"]".repeat(9_000)}`).length, 1);
});

test("an invalid object is reported with its place, and ignored", (t) => {
  const problems: string[] = [];
  const invalid = { kind: "Pod", metadata: { name: "bad", namespace: "shop", uid: { toString: 1 } } };
  const items = [invalid, { kind: "Pod", metadata: { name: "good" } }, 7, { kind: "ServiceList" }];
  const path = fileWith(t, JSON.stringify({ kind: "List", items }));
  assert.deepEqual(
    readClusterFile(path, (problem) => problems.push(problem)).map(({ metadata }) => metadata?.name),
    ["good"],
  );
  assert.deepEqual(problems.map((problem) => problem.replace(`cluster file ${path}: `, "")).sort(), [
    "Pod shop/bad: metadata.uid is an object, not text",
    "a ServiceList without items",
    "an object is a number",
  ]);
});

test("an object of a kind that ends with List is not a list, because it has a name", (t) => {
  const problems: string[] = [];
  const objects = [
    { kind: "IPAllowList", metadata: { name: "office" } },
    { kind: "Pod", metadata: { name: "a" } },
  ];
  const path = fileWith(t, objects.map((object) => JSON.stringify(object)).join("\n"));
  const read = readClusterFile(path, (problem) => problems.push(problem));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    read.map(({ kind }) => kind),
    ["IPAllowList", "Pod"],
  );
});
