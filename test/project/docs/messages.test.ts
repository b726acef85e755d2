import assert from "node:assert/strict";
import { test } from "node:test";
import { listFiles, readSource } from "../support/source-files.ts";
import { codesInColumn, section } from "./support/pages.ts";

const PAGE = "docs/operations.md";
const HEADINGS = [
  "## Messages of every command",
  "## Messages of the agent",
  "## Messages about the Collector",
  "## Messages about the Kubernetes API",
  "## Messages about running agents",
  "## Messages of a replay",
  "## Messages of policies",
  "## Messages of keep",
  "## Messages of map",
  "## Findings of doctor",
  "## Findings of verify",
];

const sources = listFiles("src")
  .filter((path) => path.endsWith(".ts"))
  .map(readSource);

/** The fixed parts of each message that the page explains; `…` stands for what varies. */
function explained(): readonly (readonly string[])[] {
  const messages = HEADINGS.flatMap((heading) => codesInColumn(section(PAGE, heading), 0));
  return messages.map((message) => message.split("…").map((part) => part.replace(/^[() ]+|[() ]+$/g, "")));
}

test("every message that operations.md explains is one of the program's", () => {
  const program = sources.map(({ text }) => text).join("\n");
  const messages = explained();
  assert.ok(messages.length > 40);
  assert.deepEqual(
    messages.filter((parts) => parts.some((part) => !program.includes(part))),
    [],
  );
});

/** A text that is written to standard error as it stands. */
const SAID =
  /\b(?:say|printMessage|warning|failed|push)\(\s*(?:"[\w ]*",\s*|`[^`]*`,\s*|CHECK,\s*)?(["`])((?:\\.|(?!\1)[^\n])*)\1/g;
/** Rooms whose files write to standard error. */
const SAYING = /^src\/(agent|sensor|replay|doctor|cluster-source|cli|output|keep)\//;

test("every message that is written as it stands is explained in operations.md", () => {
  const known = explained().flatMap((parts) => parts.filter((part) => part.length >= 12));
  const said = sources
    .filter(({ path }) => SAYING.test(path))
    .flatMap(({ path, text }) => [...text.matchAll(SAID)].map(([, , message = ""]) => `${path}: ${message}`))
    .filter((line) => /[a-z]+ [a-z]+/i.test(line.replaceAll(/\$\{[^}]*\}/g, "")));
  assert.ok(said.length > 25, `only ${said.length} messages`);
  assert.deepEqual(
    said.filter((line) => !known.some((part) => line.includes(part))),
    [],
  );
});
