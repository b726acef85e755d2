// Names, labels, namespaces and images: overrides, long names, a parent chart.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ApiObject } from "../servers/kubernetes-api.ts";
import { chartOfVersion } from "./copied-chart.ts";
import { CHART, HELMS, type RenderOptions, render, renderObjects } from "./helm.ts";
import { agentPod, only, podTemplate } from "./pod-spec.ts";
import { VALUES_FILES } from "./values-files.ts";

const LONG = "a".repeat(53);

const names: readonly { readonly name: string; readonly options: RenderOptions; readonly daemonSet: string }[] = [
  { name: "the release's name, where it is ours", options: { release: "wirespan" }, daemonSet: "wirespan" },
  { name: "the release's name with ours behind", options: { release: "prod" }, daemonSet: "prod-wirespan" },
  { name: "nameOverride", options: { release: "prod", values: { nameOverride: "graph" } }, daemonSet: "prod-graph" },
  { name: "fullnameOverride", options: { values: { fullnameOverride: "edges" } }, daemonSet: "edges" },
  { name: "a long release", options: { release: LONG }, daemonSet: "a".repeat(52) },
  {
    name: "a long name that is cut behind a hyphen",
    options: { values: { fullnameOverride: `${"a".repeat(51)}-b` } },
    daemonSet: "a".repeat(51),
  },
];

for (const { name, options, daemonSet } of names) {
  test(`objects are named after ${name}, within the limits`, async () => {
    const objects = await renderObjects({
      ...options,
      values: { ...options.values, dashboards: { enabled: true }, serviceMonitor: { enabled: true } },
    });
    assert.equal(only(objects, "DaemonSet").metadata.name, daemonSet);
    // The pods' label controller-revision-hash is the name, a hyphen and ten characters.
    assert.ok(daemonSet.length <= 52);
    for (const { kind, metadata } of objects) {
      assert.match(metadata.name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
      const limit = /^(Service|Job)$/.test(kind) ? 63 : 253;
      assert.ok(metadata.name.length <= limit, `${kind} ${metadata.name}`);
      for (const value of Object.values((metadata.labels ?? {}) as Record<string, string>))
        assert.ok(value.length <= 63, value);
    }
  });
}

test("no name reaches the labels by which pods are found", async () => {
  const values = { nameOverride: "graph", fullnameOverride: "edges" };
  const daemonSet = only(await renderObjects({ release: "prod", values }), "DaemonSet");
  const { selector } = daemonSet.spec as { selector: { matchLabels: object } };
  const labels = { "app.kubernetes.io/name": "wirespan", "app.kubernetes.io/instance": "prod" };
  assert.deepEqual(selector.matchLabels, labels);
  const pod = podTemplate(daemonSet).metadata.labels;
  assert.deepEqual({ ...pod, ...labels }, pod);
});

test("a new version of the chart alone replaces no pod", async (t) => {
  const before = podTemplate(only(await renderObjects(), "DaemonSet"));
  const objects = await renderObjects({ chart: chartOfVersion(t, "9.9.9") });
  assert.match(JSON.stringify(objects), /wirespan-9\.9\.9/);
  assert.deepEqual(podTemplate(only(objects, "DaemonSet")), before);
});

test("objects without a namespace are named after it, so that two namespaces do not meet", async () => {
  const clusterScoped = (objects: readonly ApiObject[]) =>
    objects
      .filter(({ metadata }) => metadata.namespace === undefined)
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const values = { openshift: { scc: { create: true } } };
  const [one, two] = await Promise.all(["one", "two"].map((namespace) => renderObjects({ namespace, values })));
  assert.deepEqual(clusterScoped(one ?? []), [
    "ClusterRole wirespan-one",
    "ClusterRoleBinding wirespan-one",
    "SecurityContextConstraints wirespan-one",
  ]);
  assert.deepEqual(
    clusterScoped(one ?? []).filter((name) => clusterScoped(two ?? []).includes(name)),
    [],
  );
});

test("every object is in namespaceOverride, and what names a namespace names it", async () => {
  const values = { namespaceOverride: "network", openshift: { scc: { create: true } }, podMonitor: { enabled: true } };
  const text = await render({ namespace: "elsewhere", values });
  assert.doesNotMatch(text, /elsewhere/);
});

test("serviceAccount.create=false takes the account that is named, and binds it", async () => {
  const objects = await renderObjects({
    values: { serviceAccount: { create: false, name: "mine" }, test: { enabled: false } },
  });
  assert.equal(objects.filter(({ kind }) => kind === "ServiceAccount").length, 0);
  assert.equal(agentPod(objects).serviceAccountName, "mine");
  const { subjects } = only(objects, "ClusterRoleBinding") as unknown as { subjects: { name: string }[] };
  assert.deepEqual(
    subjects.map(({ name }) => name),
    ["mine"],
  );
});

test("all pods run the one image, from no registry but the one that is given", async () => {
  for (const { name, path } of VALUES_FILES) {
    const objects = await renderObjects({
      files: [path],
      values: { global: { imageRegistry: "registry.example.com" } },
    });
    const images = JSON.stringify(objects).match(/"image":"[^"]*"/g) ?? [];
    assert.ok(images.length > 0);
    const foreign = images.filter((image) => !/^"image":"registry\.example\.com\/wirespan\/wirespan[:@]/.test(image));
    assert.deepEqual(foreign, [], name);
  }
});

test("digest, pull policy and pull Secrets, each once, are those of all pods", async () => {
  const objects = await renderObjects({ files: [join(CHART, "ci/registry-values.yaml")] });
  const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
  const pods = [agentPod(objects), podTemplate(only(objects, "Job")).spec];
  for (const { containers, imagePullSecrets } of pods) {
    assert.deepEqual(imagePullSecrets, [{ name: "mirror" }, { name: "second" }]);
    for (const { image } of containers) assert.equal(image, `registry.example.com/wirespan/wirespan@${digest}`);
  }
});

test("without a registry the repository names it", async () => {
  const values = { image: { registry: "", repository: "localhost:5000/wirespan", tag: "dev" } };
  for (const { image } of agentPod(await renderObjects({ values })).containers)
    assert.equal(image, "localhost:5000/wirespan:dev");
});

for (const version of HELMS) {
  test(`${version}: a part of another chart, with its globals and its switch`, async (t) => {
    const parent = parentChart(t);
    const objects = await renderObjects({ version, chart: parent, release: "platform" });
    const pod = agentPod(objects);
    assert.equal(only(objects, "DaemonSet").metadata.name, "platform-wirespan");
    assert.equal(pod.containers[0]?.image.split("/")[0], "mirror.example.com");
    assert.deepEqual(pod.imagePullSecrets, [{ name: "of-parent" }]);
    assert.deepEqual(await renderObjects({ version, chart: parent, values: { wirespan: { enabled: false } } }), []);
  });
}

function parentChart(t: TestContext): string {
  const parent = mkdtempSync(join(tmpdir(), "wirespan-parent-"));
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  mkdirSync(join(parent, "charts"));
  cpSync(CHART, join(parent, "charts/wirespan"), { recursive: true });
  writeFileSync(
    join(parent, "Chart.yaml"),
    "apiVersion: v2\nname: platform\nversion: 1.0.0\ndependencies:\n  - { name: wirespan, version: '*', condition: wirespan.enabled }\n",
  );
  writeFileSync(
    join(parent, "values.yaml"),
    "global: { imageRegistry: mirror.example.com, imagePullSecrets: [of-parent], region: a }\nwirespan: { enabled: true }\n",
  );
  return parent;
}
