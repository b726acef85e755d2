// Policies and intents of the demo shop, as kept files: equal bytes whenever they are written.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CLUSTER, capture, temporaryFolder, wirespan } from "../../support/cli/wirespan.ts";
import { repositoryRoot } from "../../support/paths.ts";

const EXPECTED = join(repositoryRoot, "test/cli/graph/expected");
const NODES = ["node-a", "node-b", "node-c"];
const DEMO = [
  ...CLUSTER,
  ...NODES.flatMap((node) => ["--capture", `${node}=${capture(node)}`]),
  "--agents",
  NODES.join(","),
];

const FILES: readonly (readonly [file: string, command: readonly string[]])[] = [
  ["policies.yaml", ["policies"]],
  ["policies-cilium.yaml", ["policies", "--flavor", "cilium"]],
  ["intents.yaml", ["intents"]],
  ["intents-v1alpha3.yaml", ["intents", "--api-version", "v1alpha3", "--no-comments"]],
];

describe("the demo shop", () => {
  for (const [file, command] of FILES) {
    it(`wirespan ${command.join(" ")}`, async () => {
      const expected = readFileSync(join(EXPECTED, file), "utf8");
      for (const _ of ["once", "again"]) {
        const { code, stdout } = await wirespan([...command, ...DEMO]);
        assert.equal(code, 0);
        assert.equal(stdout, expected);
      }
    });
  }

  it("a file for each object in a directory, and the denial of the rest in a file of its own", async (t) => {
    const folder = temporaryFolder(t);
    const deny = join(folder, "deny.yaml");
    await wirespan(["policies", ...DEMO, "--default-deny", deny, "-o", join(folder, "policies/")]);
    const { code } = await wirespan(["intents", ...DEMO, "-o", join(folder, "intents/")]);
    assert.equal(code, 0);
    assert.equal(readFileSync(deny, "utf8"), readFileSync(join(EXPECTED, "default-deny.yaml"), "utf8"));
    for (const [kind, separator] of [
      ["policies", /^---$/m],
      ["intents", /^---$/m],
    ] as const) {
      const stream = readFileSync(join(EXPECTED, `${kind}.yaml`), "utf8")
        .split(separator)
        .slice(1);
      const files = readdirSync(join(folder, kind)).map((name) => readFileSync(join(folder, kind, name), "utf8"));
      assert.deepEqual(files.toSorted(), stream.map((text) => `---${text}`).toSorted());
    }
  });

  it("files of a directory that were not written again are named, and stay", async (t) => {
    const folder = join(temporaryFolder(t), "policies/");
    const write = () => wirespan(["policies", ...DEMO, "--default-deny", folder, "-o", folder]);
    assert.doesNotMatch((await write()).stderr, /did not write/);
    const others = ["kustomization.yaml", "gone.shop.yaml", "old.data.yaml"];
    for (const name of others) writeFileSync(join(folder, name), "");
    const { code, stderr } = await write();
    assert.equal(code, 0);
    const sentence = `${folder} has 2 files that this run did not write: gone.shop.yaml, old.data.yaml; delete those whose workloads are gone`;
    assert.ok(stderr.includes(sentence), stderr);
    for (const name of others) assert.ok(existsSync(join(folder, name)), name);
    for (const name of ["a", "b", "c", "d"]) writeFileSync(join(folder, `${name}.shop.yaml`), "");
    assert.match((await write()).stderr, / has 6 files .*: a\.shop\.yaml, .* and 1 more; delete/);
  });

  it("files that were not written again are named in a directory of denials, too, and the file of denials is none", async (t) => {
    const [policies, denials] = ["policies/", "denials/"].map((name) => join(temporaryFolder(t), name));
    assert.ok(policies && denials);
    const write = (rest: string) => wirespan(["policies", ...DEMO, "--default-deny", rest, "-o", policies]);
    assert.doesNotMatch((await write(denials)).stderr, /did not write/);
    writeFileSync(join(denials, "default-deny.gone.yaml"), "");
    const { stderr } = await write(denials);
    assert.ok(stderr.includes(`${denials} has 1 file that this run did not write: default-deny.gone.yaml;`), stderr);
    assert.doesNotMatch((await write(join(policies, "default-deny.all.yaml"))).stderr, /did not write/);
  });
});
