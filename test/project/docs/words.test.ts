// Words between backquotes are the program's own: options, variables, metrics, counters, fields, attributes, identifiers.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listFiles, readSource } from "../support/source-files.ts";
import { blocks, codes, codesInColumn, keysOf, page, section, userPages, withoutBlocks } from "./support/pages.ts";
import { COMMANDS, helpOf, optionsIn, statistics, variablesRead } from "./support/program.ts";
import { samplePairs } from "./support/sample-pairs.ts";

/** What stands between backquotes, and what is in YAML, with the page. */
const found = userPages.flatMap(({ path, text }) =>
  [...codes(withoutBlocks(text)), ...blocks(text, "yaml")].map((code) => ({ path, code })),
);

/** Matches of `words` that are not known, each with its page. */
function unknown(words: RegExp, isKnown: (word: string) => boolean): string[] {
  return found.flatMap(({ path, code }) =>
    (code.match(words) ?? []).filter((word) => !isKnown(word)).map((word) => `${path}: ${word}`),
  );
}

/** Of `name{label}` the name. */
function nameOf(metric: string): string {
  return metric.replace(/\{.*/, "");
}

/** Every word of the program's text, and of the files that it ships. */
const ownWords = new Set(
  [...listFiles("src"), ...listFiles("collector-config"), ...listFiles("charts"), ...listFiles("scripts")]
    .filter((path) => /\.(ts|json|ya?ml|md|sh|css)$/.test(path) && !path.startsWith("scripts/docs/"))
    .flatMap((path) => readSource(path).text.match(/[A-Za-z_][\w]*/g) ?? []),
);

/** Options of programs that are not ours, as pages name them. */
const FOREIGN_OPTIONS = new Set([
  "--count",
  "--force",
  "--test",
  "--test-name-pattern",
  "--no-git-tag-version",
  "--dry-run",
  "--max-semi-space-size",
  "--heap-growing-percent",
  "--memory-saver-mode",
  "--single-threaded-gc",
  "--no-allocation-site-pretenuring",
  "--always-sparkplug",
  "--no-flush-bytecode",
]);

describe("documentation names only what there is", () => {
  test("options", async () => {
    const scripts = listFiles("scripts")
      .map((path) => readSource(path).text)
      .join("\n");
    const known = new Set([...FOREIGN_OPTIONS, "--version"]);
    for (const command of COMMANDS) for (const option of optionsIn(await helpOf(command))) known.add(option);
    const isKnown = (option: string): boolean => known.has(option) || scripts.includes(`${option} `);
    assert.deepEqual(unknown(/(?<![\w-])--[a-z][\w-]+/g, isKnown), []);
  });

  test("variables", () => {
    const read = variablesRead();
    const listed = new Set(codesInColumn(page("docs/reference/environment.md"), 0));
    // Codes of gRPC are ours in camel case.
    const camelCase = (name: string) => name.toLowerCase().replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase());
    const isKnown = (name: string): boolean =>
      read.has(name) || listed.has(name) || ownWords.has(name) || ownWords.has(camelCase(name));
    assert.deepEqual(unknown(/\b[A-Z]+_[A-Z_]+\b(?!…)/g, isKnown), []);
    const others = codesInColumn(page("docs/reference/environment.md").split("\n## Others")[1] ?? "", 0);
    for (const name of others) assert.ok(ownWords.has(name), `${name} is read nowhere`);
  });

  test("metrics", () => {
    // The table there is made from the program.
    const metrics = new Set(codesInColumn(section("docs/reference/metrics.md", "## Metrics"), 0).map(nameOf));
    assert.ok(metrics.size > 20);
    assert.deepEqual(
      unknown(/\b(wirespan|process)_[a-z_]+\b/g, (name) => metrics.has(name)),
      [],
    );
  });

  test("counters by their path", async () => {
    const { replay, agent } = await statistics();
    // `wirespan.…` are attributes, and names of hosts begin with `api.`.
    const isTop = (name: string): boolean => !["wirespan", "api"].includes(name);
    const tops = [...new Set([...Object.keys(replay), ...Object.keys(agent)])].filter(isTop);
    const paths = new RegExp(`^(${tops.join("|")})(\\.\\w+)+$`, "g");
    const isKnown = (path: string): boolean =>
      [replay, agent].some(
        (stats) => path.split(".").reduce<unknown>((at, key) => at?.[key as keyof typeof at], stats) !== undefined,
      );
    assert.deepEqual(unknown(paths, isKnown), []);
    assert.ok(keysOf(replay).length > 50);
  });

  test("attributes", () => {
    const halves = samplePairs().flatMap(({ client, server }) => [client, server]);
    const known = new Set([
      ...halves.flatMap(({ attributes, resource }) => [
        ...Object.keys(attributes),
        ...Object.keys(resource.attributes),
      ]),
      // Labels and fields of others begin like attributes.
      ...listFiles("src").flatMap((path) => readSource(path).text.match(/\w+(?:\.\w+)+/g) ?? []),
    ]);
    const attributes =
      /(?<![\w./])(wirespan|service|server|client|network|k8s|dns|peer|error)\.[a-z_.]*[a-z_]\b(?!\/|\.\w)/g;
    assert.deepEqual(
      unknown(attributes, (name) => known.has(name) || /\.(ts|md|svg|json)$/.test(name)),
      [],
    );
  });

  test("fields, outcomes and identifiers", () => {
    const words = /^(?!wirespan_|process_)(?:[a-z]+(?:_[a-z]+)+|[a-z]+(?:[A-Z][a-z]+)+)$/g;
    assert.deepEqual(
      unknown(words, (word) => ownWords.has(word)),
      [],
    );
  });
});
