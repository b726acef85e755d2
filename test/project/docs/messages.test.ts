import assert from "node:assert/strict";
import { test } from "node:test";
import { listFiles, readSource } from "../support/source-files.ts";
import { codesInColumn, section } from "./support/pages.ts";

const PAGE = "docs/operations.md";
const HEADINGS = [
  "## Messages of the agent",
  "## Messages about the Collector",
  "## Messages about the Kubernetes API",
  "## Messages of a replay",
  "## Findings of doctor",
];

const program = listFiles("src")
  .filter((path) => path.endsWith(".ts"))
  .map((path) => readSource(path).text)
  .join("\n");

test("every message that operations.md explains is one of the program's, but for what stands in place of `…`", () => {
  const messages = HEADINGS.flatMap((heading) => codesInColumn(section(PAGE, heading), 0));
  assert.ok(messages.length > 40);
  const missing = messages.filter((message) =>
    message.split("…").some((part) => !program.includes(part.replace(/^[() ]+|[() ]+$/g, ""))),
  );
  assert.deepEqual(missing, []);
});
