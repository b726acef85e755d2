import assert from "node:assert/strict";
import { test } from "node:test";
import { ALLOWED_IMPORTS, breachesOf, folderOf, MAX_FILES_PER_FOLDER } from "./support/layers.ts";
import { listFiles, readSource } from "./support/source-files.ts";

test("every file of src obeys the direction of dependency and the house rules", () => {
  const files = listFiles("src").filter((path) => path.endsWith(".ts"));
  assert.ok(files.length > 0);
  const breaches = files.flatMap((path) => breachesOf(readSource(path)).map((breach) => `${path} ${breach}`));
  assert.deepEqual(breaches, []);
});

test("a folder imports only folders that are declared before it: no cycle", () => {
  const order = Object.keys(ALLOWED_IMPORTS);
  for (const [folder, uses] of Object.entries(ALLOWED_IMPORTS)) {
    for (const used of uses) {
      assert.ok(order.indexOf(used) >= 0 && order.indexOf(used) < order.indexOf(folder), `${folder} uses ${used}`);
    }
  }
});

test("no folder is crowded", () => {
  const sizes = new Map<string, number>();
  for (const path of listFiles("src")) {
    const folder = folderOf(path.replace(/^src\//, ""));
    sizes.set(folder, (sizes.get(folder) ?? 0) + 1);
  }
  for (const [folder, size] of sizes) assert.ok(size <= MAX_FILES_PER_FOLDER, `${folder} has ${size} files`);
});

const cases: { name: string; path: string; text: string; breaches: number }[] = [
  {
    name: "a stage may use the model",
    path: "src/decode/dns/dns.ts",
    text: 'import type { A } from "../../model/a.ts";',
    breaches: 0,
  },
  {
    name: "a stage may use its own folder",
    path: "src/decode/dns/dns.ts",
    text: 'import { a } from "./a.ts";',
    breaches: 0,
  },
  {
    name: "a stage must not use its sibling",
    path: "src/decode/dns/dns.ts",
    text: 'import { a } from "../../correlate/dns/a.ts";',
    breaches: 1,
  },
  {
    name: "an import over several lines counts",
    path: "src/decode/dns/dns.ts",
    text: 'import {\n  a,\n  type B,\n} from "../../correlate/dns/a.ts";',
    breaches: 1,
  },
  {
    name: "the model must not use a stage",
    path: "src/model/a.ts",
    text: 'export { a } from "../decode/a.ts";',
    breaches: 1,
  },
  {
    name: "the pipeline may use stages",
    path: "src/pipeline.ts",
    text: 'import { a } from "./resolve/a.ts";',
    breaches: 0,
  },
  {
    name: "a stage must not use the pipeline",
    path: "src/render/a.ts",
    text: 'import { a } from "../pipeline.ts";',
    breaches: 1,
  },
  {
    name: "replay must not use the agent",
    path: "src/replay/replay.ts",
    text: 'import { a } from "../agent/agent.ts";',
    breaches: 1,
  },
  {
    name: "only the ends of the stream know the facts",
    path: "src/cli/replay.ts",
    text: 'import { a } from "../facts/a.ts";',
    breaches: 1,
  },
  {
    name: "a file without a place in the layers is refused",
    path: "src/odd.ts",
    text: 'import { a } from "./model/a.ts";',
    breaches: 1,
  },
  {
    name: "a commented import is none",
    path: "src/decode/a.ts",
    text: '// import { a } from "../graph/a.ts";',
    breaches: 0,
  },
  {
    name: "a pure file opens no file",
    path: "src/decode/a.ts",
    text: 'import { readFileSync } from "node:fs";',
    breaches: 1,
  },
  {
    name: "an edge may open a file",
    path: "src/capture/a.ts",
    text: '// EDGE: fs\nimport { readFileSync } from "node:fs";',
    breaches: 0,
  },
  {
    name: "a dynamic import counts",
    path: "src/capture/a.ts",
    text: 'const pcap = await import("pcap");',
    breaches: 1,
  },
  {
    name: "a pure file reads no environment",
    path: "src/export/a.ts",
    text: 'const a = process.env["A"];',
    breaches: 1,
  },
  { name: "the core reads no clock", path: "src/correlate/a.ts", text: "const now = Date.now();", breaches: 1 },
  { name: "a clock in a comment is none", path: "src/correlate/a.ts", text: "/** Not Date.now(). */", breaches: 0 },
  { name: "a date of a number is no clock", path: "src/resolve/a.ts", text: "const d = new Date(5);", breaches: 0 },
  { name: "export star is refused", path: "src/model/a.ts", text: 'export * from "./b.ts";', breaches: 1 },
  { name: "a default export is refused", path: "src/model/a.ts", text: "export default 5;", breaches: 1 },
  { name: "a file called utils is refused", path: "src/model/utils.ts", text: "", breaches: 1 },
  { name: "a long file is refused", path: "src/model/a.ts", text: "\n".repeat(251), breaches: 1 },
];

for (const { name, path, text, breaches } of cases) {
  test(name, () => assert.equal(breachesOf({ path, text }).length, breaches, breachesOf({ path, text }).join("\n")));
}
