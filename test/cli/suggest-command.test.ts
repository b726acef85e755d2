import assert from "node:assert/strict";
import { test } from "node:test";
import { suggestionFor } from "../../src/cli/suggest-command.ts";
import { wirespan } from "../support/cli/wirespan.ts";

test("no command has a suggestion, which is for words that are not commands", async () => {
  const [, listed = ""] = (await wirespan(["--help"])).stdout.split("\nCommands:\n");
  const commands = [...(listed.split("\n\n")[0] ?? "").matchAll(/^ {2}(\w+) /gm)].map(([, name = ""]) => name);
  assert.ok(commands.includes("verify"), commands.join());
  assert.deepEqual(
    commands.filter((name) => suggestionFor(name) !== null),
    [],
  );
});
