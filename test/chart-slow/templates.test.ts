// Every file of values that comes with the chart, through the real Helm of both lines.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CHART, HELMS, helm, objectsIn, render } from "./helm.ts";
import { EXAMPLES, VALUES_FILES } from "./values-files.ts";

for (const version of HELMS) {
  test(`${version} lint finds nothing in the chart with any file of values`, async () => {
    for (const { name, path } of VALUES_FILES) {
      const { code, stdout, stderr } = await helm(version, ["lint", "--strict", CHART, "--values", path]);
      assert.equal(code, 0, `${name}: ${stdout}${stderr}`);
    }
  });

  test(`${version} template renders the same bytes twice`, async () => {
    for (const { name, path } of VALUES_FILES) {
      const once = await render({ version, files: [path] });
      assert.equal(await render({ version, files: [path] }), once, name);
      assert.doesNotMatch(once, /<no value>|%!|<nil>/, name);
    }
  });
}

test("Helm 3 and Helm 4 render the same objects", async () => {
  for (const { name, path } of VALUES_FILES) {
    const [three = [], four = []] = await Promise.all(
      HELMS.map(async (version) => objectsIn(await render({ version, files: [path] }))),
    );
    assert.deepEqual(four, three, name);
    const keys = three.map(({ kind, metadata: { name: own, namespace } }) => `${kind} ${namespace}/${own}`);
    assert.equal(new Set(keys).size, keys.length, `${name}: an object comes twice`);
  }
});

test("no object is hidden by what the cluster can do", async () => {
  const files = [join(CHART, "ci/monitoring-values.yaml")];
  const few = await render({ files, args: ["--kube-version", "1.25.0"] });
  const many = await render({ files, args: ["--api-versions", "monitoring.coreos.com/v1/PodMonitor"] });
  assert.equal(few, many);
});

for (const name of EXAMPLES) {
  test(`the rendered example ${name} is current (npm run chart)`, async () => {
    const folder = join(CHART, "examples", name);
    const rendered = await render({ version: "helm-4", files: [join(folder, "values.yaml")] });
    assert.equal(readFileSync(join(folder, "rendered.yaml"), "utf8"), rendered);
  });
}
