// Which servers a test starts is read in its compiled files: what they import, and the scripts that they run.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { allJobs } from "../../scripts/test-run/jobs.ts";
import { repositoryRoot } from "../support/paths.ts";

const jobs = allJobs(join(repositoryRoot, "dist/test"), false);
const servers = jobs.filter(({ kind }) => kind === "server").map(({ name }) => name);
const slow = jobs.filter(({ isTest, kind }) => isTest && !kind.startsWith("fast"));
/** Names each server, and starts none. */
const NAMES = "dist/test/servers/server-programs.js";

/** Files that this one imports or runs, as paths from the repository's root. */
function next(path: string, text: string): string[] {
  const imported = [...text.matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g)].map(([, to = ""]) =>
    join(dirname(path), to),
  );
  const run = [...text.matchAll(/\b(?:dist\/)?scripts\/[\w/-]*(?:\$\{\w+\}|[\w-])\.(?:js|sh)\b/g)].flatMap(([to]) =>
    named(to),
  );
  return [...imported, ...run].map(normalize).filter((to) => to !== NAMES && existsSync(join(repositoryRoot, to)));
}

/** The files that a path stands for whose name is a variable. */
function named(path: string): string[] {
  if (!path.includes("$")) return [path];
  const folder = dirname(path);
  return readdirSync(join(repositoryRoot, folder)).map((name) => join(folder, name));
}

/** Names of the servers that a file, or another one that it imports or runs, starts. */
function started(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return new Set();
  seen.add(path);
  const text = readFileSync(join(repositoryRoot, path), "utf8");
  const own = servers.filter((name) =>
    text.includes("serverProgram(") ? text.includes(`"${name}"`) : text.includes(`build-server.sh ${name}`),
  );
  return new Set([...own, ...next(path, text).flatMap((to) => [...started(to, seen)])]);
}

/** Also waits for servers that it does not start: it fills the memory that their compilers need. */
const LONE = "forty senders";

for (const kind of new Set(slow.map((job) => job.kind))) {
  const ofKind = slow.filter((job) => job.kind === kind);
  const used = new Set(ofKind.flatMap(({ name }) => [...started(join("dist/test", name))]));
  test(`tests of the kind ${kind} wait for ${kind === LONE ? "every server" : "the servers that they start, and no others"}`, () => {
    const expected = servers.filter((name) => kind === LONE || used.has(name));
    for (const { name, needs } of ofKind) {
      const waited = servers.filter((server) => needs.includes(server));
      assert.deepEqual(waited, expected, name);
    }
  });
}

test("each server is started by some test", () => {
  const used = new Set(slow.flatMap(({ name }) => [...started(join("dist/test", name))]));
  assert.deepEqual(
    servers.filter((name) => !used.has(name)),
    [],
  );
});
