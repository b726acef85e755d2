import assert from "node:assert/strict";
import { test } from "node:test";
import { unusedExports } from "./support/exports.ts";
import { listFiles, readSource, type SourceFile } from "./support/source-files.ts";

/** Internal functions and limits with unit tests of their own. */
const FOR_TESTS: readonly string[] = [
  "src/decode/dns/dns-questions.ts#hashQuestion",
  "src/doctor/capture.ts#captureFindings",
  "src/doctor/kubernetes.ts#checkClock",
  "src/export/queue/retry.ts#backOffMillis",
  "src/export/queue/trace-windows.ts#TRACE_WINDOW_LIMITS",
  "src/export/spans/readable-spans.ts#toHrTime",
  "src/graph-source/prometheus/read-counters.ts#WARM_UP_SECONDS",
  "src/output/destinations.ts#createResults",
  "src/render/labels/observation-gaps.ts#observationGaps",
  "src/text/bounded-text.ts#MAX_NAME_CHARACTERS",
];

const sources = (folder: string): SourceFile[] =>
  listFiles(folder)
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
    .map(readSource);
const src = sources("src");
const program = [...src, ...sources("scripts")];
const tests = sources("test");

test("every value that src exports is imported by another file of src or scripts", () => {
  assert.deepEqual(
    unusedExports("value", src, program).filter((name) => !FOR_TESTS.includes(name)),
    [],
  );
});

test("every value that is exported for tests is imported by a test only", () => {
  const unused = unusedExports("value", src, program);
  const untested = unusedExports("value", src, tests);
  assert.deepEqual(
    FOR_TESTS.filter((name) => !unused.includes(name) || untested.includes(name)),
    [],
  );
});

test("every type that src exports is imported by another file", () => {
  assert.deepEqual(unusedExports("type", src, [...program, ...tests]), []);
});

const FILES: readonly SourceFile[] = [
  {
    path: "src/a.ts",
    text: "export const used = 1;\nexport type Idle = string;\nexport { b as c };\n// export const d = 1;",
  },
  {
    path: "src/b.ts",
    text: 'import { used as mine } from "./a.ts";\nexport async function late() {}\nexport class Gone {}',
  },
  { path: "src/c.ts", text: 'const { late } = await import("./b.ts");' },
];

test("renamed imports, dynamic imports and lists of exports count", () => {
  assert.deepEqual(unusedExports("value", FILES, FILES), ["src/a.ts#c", "src/b.ts#Gone"]);
  assert.deepEqual(unusedExports("type", FILES, FILES), ["src/a.ts#Idle"]);
});
