// The release workflow runs the steps of scripts/release.sh, which the dry run runs too (`npm run release:dry-run`).
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { parse } from "yaml";
import { repositoryRoot } from "../support/paths.ts";
import { readSource } from "./support/source-files.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

const workflow = parse(readSource(".github/workflows/release.yml").text);
const steps: readonly Step[] = workflow.jobs.publish.steps;
const script = readSource("scripts/release.sh").text;
const { version } = JSON.parse(readSource("package.json").text) as { version: string };

/** Names in the usage of scripts/release.sh, in its order. */
const known = [...script.matchAll(/^# {3}([a-z]+) {2,}/gm)].map(([, name = ""]) => name);

function release(t: TestContext, step: string, environment: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-release-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return spawnSync("bash", ["scripts/release.sh", step], {
    cwd: repositoryRoot,
    encoding: "utf8" as const,
    env: { PATH: process.env.PATH, REPOSITORY: "example/wirespan", OUT: folder, ...environment },
  });
}

describe("the release workflow", () => {
  it("runs every step of scripts/release.sh, in order", () => {
    const run = steps.flatMap((step) => /^bash scripts\/release\.sh (\w+)$/.exec(step.run ?? "")?.[1] ?? []);
    assert.ok(known.length > 4, known.join());
    assert.deepEqual(run, known);
  });

  it("uses no action but by its commit", () => {
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    assert.ok(actions.length > 0);
    for (const action of actions) assert.match(action, /^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/);
  });

  it("has no rights but those it needs", () => {
    assert.deepEqual(workflow.permissions, {});
    assert.deepEqual(workflow.jobs.publish.permissions, { contents: "write", packages: "write", "id-token": "write" });
  });
});

describe("scripts/release.sh", () => {
  it("refuses a tag that is not the version", (t) => {
    const { status, stderr } = release(t, "check", { RELEASE_TAG: "v99.0.0" });
    assert.equal(status, 1);
    assert.equal(stderr, `release: the tag is v99.0.0, but package.json has ${version}: tag v${version}\n`);
  });

  it("agrees with package.json and the chart, and asks for a part of the change log", (t) => {
    const { status, stderr } = release(t, "check", { RELEASE_TAG: `v${version}` });
    const agrees = `release: v${version}, package.json, chart and change log agree\n`;
    const asks = `release: CHANGELOG.md has nothing under [${version}]: rename [Unreleased]\n`;
    assert.deepEqual(
      [status, stderr],
      readSource("CHANGELOG.md").text.includes(`## [${version}]`) ? [0, agrees] : [1, asks],
    );
  });

  it("asks for the tag, and says its usage for a step that there is not", (t) => {
    assert.match(release(t, "check", {}).stderr, /RELEASE_TAG: names the tag, as v/);
    const { status, stderr } = release(t, "publish", { RELEASE_TAG: `v${version}` });
    assert.deepEqual([status, stderr], [1, `release: usage: scripts/release.sh ${known.join("|")}\n`]);
  });
});
