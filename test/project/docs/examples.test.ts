// The examples of docs/graph.md: each command prints what the page shows below it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CLI, cleanEnvironment, RECORDING, temporaryFolder } from "../../support/cli/wirespan.ts";
import { blocks, page } from "./support/pages.ts";

interface Example {
  readonly command: string;
  readonly output: string;
}

/** A line that begins with `$ ` is a command; the lines below it are its standard output. */
function examplesOf(block: string): Example[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = "", ...output] = part.split("\n");
      return { command, output: output.join("\n") };
    });
}

test("every command of docs/graph.md prints what the page shows", (t) => {
  const folder = temporaryFolder(t);
  for (const name of readdirSync(RECORDING)) symlinkSync(join(RECORDING, name), join(folder, name));
  const examples = blocks(page("docs/graph.md"), "console").flatMap(examplesOf);
  assert.ok(examples.length >= 7, `${examples.length} examples`);
  for (const { command, output } of examples) {
    const script = `wirespan() { ${process.execPath} ${CLI} "$@"; }; ${command}`;
    const options = { cwd: folder, env: cleanEnvironment(), encoding: "utf8", stdio: "pipe" } as const;
    assert.equal(execFileSync("sh", ["-e", "-c", script], options), output, command);
  }
});
