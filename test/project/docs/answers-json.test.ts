// The table of answers in JSON, and what the program answers.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { CLUSTER, capture, temporaryFolder, wirespan } from "../../support/cli/wirespan.ts";
import { codes, keysOf, section } from "./support/pages.ts";

const ANSWERS = section("docs/reference/formats.md", "## Answers (json)");
/** Of every answer. */
const COMMON = ["wirespan", "version", "incomplete", "cluster"];
const GRAPH = [...CLUSTER, ...["node-a", "node-b"].flatMap((node) => ["--capture", `${node}=${capture(node)}`])];

/** A policy that denies all ingress of a namespace. */
function denial(t: TestContext): string {
  const path = join(temporaryFolder(t), "deny.json");
  const spec = { podSelector: {}, policyTypes: ["Ingress"] };
  const metadata = { name: "deny", namespace: "shop" };
  writeFileSync(path, JSON.stringify({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec }));
  return path;
}

const answers: readonly (readonly [kind: string, command: (t: TestContext) => readonly string[]])[] = [
  ["blast-radius", () => ["blast-radius", "payments"]],
  ["rollout", () => ["rollout", "-n", "shop"]],
  ["policies-check", (t) => ["policies", "check", denial(t)]],
];

for (const [kind, command] of answers) {
  test(`every field of the answer ${kind} is in the table`, async (t) => {
    const { stdout, stderr } = await wirespan([...command(t), ...GRAPH, "-o", "json"]);
    const fields = keysOf(JSON.parse(stdout));
    const row = ANSWERS.split("\n").find((line) => line.startsWith(`| \`${kind}\` `)) ?? "";
    const listed = new Set([...COMMON, ...codes(row)]);
    assert.deepEqual(
      fields.filter((key) => !listed.has(key)),
      [],
      stderr,
    );
  });
}

for (const [kind, command] of [
  ...answers,
  ["explanation", () => ["explain", "checkout", "payments"]],
] as typeof answers) {
  test(`the answer ${kind} has the fields that all answers have`, async (t) => {
    const { stdout } = await wirespan([...command(t), ...GRAPH, "-o", "json"]);
    const answer = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(
      COMMON.filter((name) => !(name in answer)),
      [],
    );
    assert.equal(answer.wirespan, kind);
  });
}
