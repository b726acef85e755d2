// Every file of values that comes with the chart, through the real Helm of both lines.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
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

for (const version of HELMS) {
  test(`${version} package holds what an install needs, and no more`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "wirespan-package-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const { code, stderr } = await helm(version, ["package", CHART, "--destination", folder]);
    assert.equal(code, 0, stderr);
    const [archive = ""] = readdirSync(folder);
    const listed = execFileSync("tar", ["-tzf", join(folder, archive)], { encoding: "utf8" })
      .trim()
      .split("\n");
    const kinds = listed.map((path) => path.replace(/^wirespan\//, "").split("/")[0] ?? "");
    assert.deepEqual([...new Set(kinds)].toSorted(), [
      ".helmignore",
      "Chart.yaml",
      "README.md",
      "UPGRADING.md",
      "files",
      "templates",
      "values.schema.json",
      "values.yaml",
    ]);
    const files = VALUES_FILES.filter(({ name }) => name === "ci/monitoring").map(({ path }) => path);
    assert.equal(await render({ version, chart: join(folder, archive), files }), await render({ version, files }));
  });
}
