import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "../support/paths.ts";
import { listFiles, readSource } from "./support/source-files.ts";

const files = listFiles("");
const TEXT =
  /(\.(ts|cjs|mjs|js|json|jsonl|md|sh|ya?ml|html|css|go|mod|sum|txt)|(^|\/)(run|\.npmrc|\.gitignore|Dockerfile))$/;

test("the files that a newcomer looks for are there", () => {
  const wanted = [
    "README.md",
    "LICENSE",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "RELEASING.md",
    "SECURITY.md",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "biome.json",
    ".ci/run",
    "scripts/setup.sh",
    "scripts/demo.sh",
    "scripts/test.sh",
    "collector-config/collector.yaml",
    "collector-config/README.md",
    "docs/architecture.md",
    "docs/glossary.md",
  ];
  assert.deepEqual(
    wanted.filter((path) => !files.includes(path)),
    [],
  );
});

test("the lock file names no download addresses", () => {
  assert.doesNotMatch(readSource("package-lock.json").text, /"resolved"/);
});

// Written in two halves, so that this file does not name them itself.
const PRIVATE = ["/wo" + "rk/", "registry.npmjs" + ".org", "deb.debian" + ".org", "proxy.golang" + ".org"];
const SHARED = ".." + "/shared";
const MAY_NAME_SHARED = /^(test\/support\/paths\.ts|scripts\/accuracy\/.*)$/;

test("no file names a place outside the repository", () => {
  const found: string[] = [];
  for (const path of files.filter((file) => TEXT.test(file))) {
    const { text } = readSource(path);
    for (const word of PRIVATE) if (text.includes(word)) found.push(`${path} names ${word}`);
    if (text.includes(SHARED) && !MAY_NAME_SHARED.test(path)) found.push(`${path} names ${SHARED}`);
  }
  assert.deepEqual(found, []);
});

test("every shell script parses and stops at its first error or says why not", () => {
  const scripts = files.filter((path) => path.endsWith(".sh") || path === ".ci/run");
  assert.ok(scripts.length > 3);
  for (const path of scripts) {
    const { status, stderr } = spawnSync("bash", ["-n", join(repositoryRoot, path)], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.match(readSource(path).text, /^set -[a-z]*u/m, `${path} has no set -eu`);
  }
});

test("the recording that the demo reads is under 500 kB", () => {
  const recording = listFiles("test/lab/recording");
  const bytes = recording.reduce((sum, path) => sum + statSync(join(repositoryRoot, path)).size, 0);
  assert.ok(bytes > 0 && bytes < 500_000, `${bytes} bytes`);
});

test("no dependency is a package of Node itself, whose bin would shadow the installed one", () => {
  const { text } = readSource("package-lock.json");
  assert.doesNotMatch(text, /"node_modules\/(node|node-bin-[^"/]*|node-linux-[^"/]*)"/);
});
