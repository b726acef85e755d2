// The reference: what its tables list is all there is, and what it shows is what the program writes today.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { generatedParts, partIn, withPart } from "../../../scripts/docs/generated-parts.ts";
import { ClusterWatches } from "../../../src/kubernetes/client/cluster-watches.ts";
import { type End, OUTCOMES } from "../../../src/model/interaction.ts";
import { ALLOWED_IMPORTS, BASE_LAYER } from "../support/layers.ts";
import { listFiles, readSource } from "../support/source-files.ts";
import { blocks, codes, codesInColumn, fieldsIn, keysOf, page, section, sorted } from "./support/pages.ts";
import { COMMANDS, demo, helpOf, optionsIn, statistics, variablesRead } from "./support/program.ts";
import { samplePairs } from "./support/sample-pairs.ts";

const ARCHITECTURE = "docs/architecture.md";
const CLI = "docs/reference/cli.md";
const SPANS = "docs/reference/spans.md";
const FORMATS = "docs/reference/formats.md";
const METRICS = "docs/reference/metrics.md";
const ENVIRONMENT = "docs/reference/environment.md";

describe("what is made from the program", async () => {
  for (const part of await generatedParts()) {
    test(`${part.name} in ${part.page} are those of the program now`, () => {
      const text = page(part.page);
      const current = partIn(withPart(text, part), part);
      assert.deepEqual(partIn(text, part), current, "run `npm run docs`, and commit what it writes");
    });
  }
});

test("architecture.md lists exactly the folders of src", () => {
  const folders = [...Object.keys(ALLOWED_IMPORTS), ...BASE_LAYER].filter((folder) => !folder.endsWith(".ts"));
  assert.deepEqual(sorted(codesInColumn(section(ARCHITECTURE, "## The folders of src"), 0)), sorted(folders));
});

describe("command line", () => {
  test("the table has exactly the options that --help shows, each with its commands", async () => {
    const rows = section(CLI, "## Options")
      .split("\n")
      .filter((line) => line.startsWith("| `-"));
    for (const command of [...COMMANDS, "policies check"]) {
      const of = rows.filter((row) => row.split("|")[2]?.trim().split(", ").includes(command));
      const listed = of.flatMap((row) =>
        codes(row.split("|")[1] ?? "").flatMap((code) => code.match(/--?[a-zA-Z][\w-]*/g)),
      );
      assert.deepEqual(sorted(listed.map(String)), sorted(optionsIn(await helpOf(command))), command);
    }
    assert.deepEqual(sorted(optionsIn(await helpOf(""))), ["--help", "--version", "-V", "-h"]);
  });

  test("the commands are those of --help, and every exit code is explained", async () => {
    const help = await helpOf("");
    const listed = [...help.matchAll(/^ {2}([\w-]+)(?:\|\w+)?(?: [[<][\w.]+[\]>])* {2,}/gm)].map(
      ([, name = ""]) => name,
    );
    const shown = codes(page(CLI).split("\n## ")[0] ?? "").flatMap(
      (code) => /^wirespan ([\w-]+)/.exec(code)?.[1] ?? [],
    );
    assert.deepEqual(sorted(shown), sorted(listed.filter((name) => COMMANDS.some((command) => command === name))));
    assert.deepEqual(section(CLI, "## Exit codes").match(/^\| \d /gm), ["| 0 ", "| 1 ", "| 2 "]);
  });

  test("README has the formats of --format", async () => {
    const choices = /--format <format>[\s\S]*?choices: ([^)]*)\)/.exec(await helpOf("replay"))?.[1] ?? "";
    const formats = [...choices.matchAll(/"(\w+)"/g)].map((match) => match[1] ?? "");
    assert.ok(formats.length > 5, choices);
    const shown = codesInColumn(section("README.md", "## What you get"), 1);
    assert.deepEqual(sorted(shown.flatMap((code) => code.match(/--format (\w+)/)?.[1] ?? [])), sorted(formats));
  });
});

test("every OTEL_ variable that is read is listed, and no other", () => {
  const listed = codesInColumn(section(ENVIRONMENT, "## OpenTelemetry"), 0);
  const traces = listed
    .filter((name) => name.startsWith("OTEL_EXPORTER_OTLP_"))
    .map((name) => name.replace("OTLP_", "OTLP_TRACES_"));
  assert.deepEqual(sorted([...listed, ...traces]), sorted(variablesRead()));
});

test("every other variable that src reads is listed, and no other", () => {
  const text = listFiles("src")
    .map((path) => readSource(path).text)
    .join("\n");
  const read = [
    ...[...text.matchAll(/\benv\.([A-Z][A-Z_]+)/g)].map(([, name = ""]) => name),
    ...[...text.matchAll(/\{([^{}]*)\} = (?:process\.)?env\b/g)].flatMap(([, names = ""]) =>
      names.match(/\b[A-Z][A-Z_]+\b/g),
    ),
  ];
  const [, others = ""] = page(ENVIRONMENT).split("\n## Others");
  const listed = codesInColumn(others, 0).concat(codesInColumn(others, 1));
  const variables = listed.filter((code) => /^[A-Z][A-Z_]+$/.test(code));
  const exporter = variablesRead();
  assert.deepEqual(sorted(variables), sorted(read.map(String).filter((name) => !exporter.has(name))));
});

describe("counters", () => {
  test("the table names every field that --stats writes, and no other", async () => {
    const { replay, agent } = await statistics();
    const watches = new ClusterWatches(
      { server: "https://localhost", origin: "nowhere", namespace: null, options: async () => ({}) },
      [],
      { transform: () => null, keyOf: () => "" },
      { watch() {}, object() {} },
    );
    const text = section(METRICS, "## Counters");
    const written = new Set([...keysOf(replay), ...keysOf(agent), ...keysOf(watches.counters)]);
    const named = new Set(codes(text));
    assert.deepEqual(sorted([...written].filter((key) => !named.has(key))), ["version", "wirespan"]);
    const rows = text.split("\n").filter((line) => line.startsWith("| `"));
    const words = rows.flatMap((row) => codes(row)).filter((code) => /^[a-z][A-Za-z_]*$/.test(code));
    assert.deepEqual(sorted(words.filter((word) => !written.has(word))), []);
    const top = new Set([...Object.keys(replay), ...Object.keys(agent)]);
    assert.deepEqual(sorted(codesInColumn(text, 0).filter((name) => !top.has(name))), []);
  });
});

test("operations.md lists exactly the alerts of the chart", () => {
  const rules = [...readSource("charts/wirespan/files/alerts.yaml").text.matchAll(/\balert: (\w+)/g)];
  const listed = codesInColumn(section("docs/operations.md", "## Alerts"), 0);
  assert.deepEqual(sorted(listed), sorted(rules.map(([, name = ""]) => name)));
});

describe("spans", () => {
  const pairs = samplePairs();

  test("the table of span attributes lists exactly those that pairs carry, and on which half", () => {
    const text = section(SPANS, "## Span attributes");
    const halves = pairs.flatMap(({ client, server }) => [client, server]);
    const carried = halves.flatMap(({ attributes }) => Object.keys(attributes));
    assert.deepEqual(sorted(codesInColumn(text, 0)), sorted(carried));
    const onServer = new Set(pairs.flatMap(({ server }) => Object.keys(server.attributes)));
    const clientOnly = text.split("\n").filter((line) => /^\| `[^|]*\| CLIENT \|/.test(line));
    assert.deepEqual(
      sorted(clientOnly.flatMap((line) => codes(line).slice(0, 1))),
      sorted(carried.filter((name) => !onServer.has(name))),
    );
  });

  test("the table of resource attributes lists exactly those that resources carry", () => {
    const carried = pairs.flatMap(({ client, server }) => [client, server]).map(({ resource }) => resource.attributes);
    assert.deepEqual(
      sorted(codesInColumn(section(SPANS, "## Resource attributes"), 0)),
      sorted(carried.flatMap((attributes) => Object.keys(attributes))),
    );
  });

  test("span names, outcomes and their error types are all there", () => {
    const named = section(SPANS, "## Names, times, traces");
    for (const { name } of pairs) assert.ok(named.includes(`\`${name}\``), name);
    const outcomes = section(SPANS, "## Outcomes");
    assert.deepEqual(codesInColumn(outcomes, 0), [...OUTCOMES]);
    const errorTypes = /export type ErrorType =([^;]*);/.exec(readSource("src/model/interaction.ts").text)?.[1] ?? "";
    assert.deepEqual(sorted(codesInColumn(outcomes, 3).slice(1)), sorted(errorTypes.match(/\w+/g) ?? []));
  });
});

describe("stable formats", () => {
  test("the lines are lines that the demo writes now, and the tables name their fields in order", async () => {
    const written = (await demo("--format", "jsonl")).trimEnd().split("\n");
    const text = section(FORMATS, "## Interactions (jsonl)");
    const [header, ...lines] = (blocks(text, "jsonl")[0] ?? "").trimEnd().split("\n");
    assert.equal(header, written[0]);
    assert.ok(lines.length >= 2);
    for (const line of lines) assert.ok(written.includes(line), `not what the demo writes: ${line}`);

    const fields = fieldsIn(text, "| field |");
    const ends = new Map<string, string[]>();
    for (const line of written.slice(1)) {
      const parsed = JSON.parse(line) as Record<string, unknown> & { client: End; server: End };
      assert.deepEqual(Object.keys(parsed), fields, line);
      for (const end of [parsed.client, parsed.server]) ends.set(end.type, Object.keys(end).slice(1));
    }
    const [, ofEnds = ""] = text.split("| `type` |");
    const rows = ofEnds.split("\n").filter((line) => /^\| `\w+` \|/.test(line));
    for (const [type, names] of ends) {
      const row = rows.find((line) => line.startsWith(`| \`${type}\` |`));
      assert.deepEqual(codes(row?.split("|")[2] ?? ""), names, type);
    }
  });

  test("every stable format is described", () => {
    const source = readSource("src/telemetry/stats.ts").text;
    assert.match(source, /wirespan: "stats"/);
    assert.ok(page(FORMATS).includes('{"wirespan":"stats","version":1,…}'));
  });
});
