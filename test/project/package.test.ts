import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { CLUSTER, capture, temporaryFolder } from "../support/cli/wirespan.ts";
import { repositoryRoot } from "../support/paths.ts";

/** The package as `npm pack` makes it, unpacked, with the dependencies of this checkout. */
function unpackedPackage(t: TestContext): string {
  const folder = temporaryFolder(t);
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], { cwd: repositoryRoot });
  const [archive = ""] = readdirSync(folder);
  mkdirSync(join(folder, "unpacked"));
  execFileSync("tar", ["-xzf", join(folder, archive), "-C", join(folder, "unpacked")]);
  symlinkSync(join(repositoryRoot, "node_modules"), join(folder, "unpacked", "node_modules"));
  return join(folder, "unpacked", "package");
}

describe("the npm package", () => {
  it("holds all that the program needs, but for its dependencies", (t) => {
    const home = unpackedPackage(t);
    // npm links the program from another folder.
    const program = join(home, "..", "wirespan");
    symlinkSync("package/dist/bin/wirespan", program);
    const run = (...args: string[]) => execFileSync(program, args, { encoding: "utf8", stdio: "pipe" });
    assert.match(run("--version"), /^\d+\.\d+\.\d+\n$/);
    const replay = ["replay", capture("node-a"), "--node", "node-a", ...CLUSTER];
    for (const format of ["table", "jsonl", "json", "dot", "mermaid", "svg", "html"]) {
      assert.ok(run(...replay, "--format", format).length > 500, format);
    }
    // The sensor is a program of its own beside the command line.
    const agent = ["agent", "--file", capture("node-a"), "--node", "node-a", ...CLUSTER, "--format", "json"];
    const edges = (text: string) => JSON.parse(text.replaceAll(/"instance":"[^"]*"/g, '"instance":""')).edges;
    assert.deepEqual(edges(run(...agent)), edges(run(...replay, "--format", "json")));
  });

  it("holds no source and no test", (t) => {
    const home = unpackedPackage(t);
    assert.deepEqual(readdirSync(join(home, "dist")), ["bin"]);
    assert.ok(!readdirSync(home).includes("src"));
  });
});
