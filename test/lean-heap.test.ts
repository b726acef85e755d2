import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const LEAN_HEAP = new URL("../src/lean-heap.js", import.meta.url).href;

/** Keeps 200,000 objects of ever-new ones alive, and gives the largest size of the young generation, in MB. */
function youngGenerationMegabytes(first: string): number {
  const script = `
    ${first}
    const { getHeapSpaceStatistics } = await import("node:v8");
    const kept = [];
    let most = 0;
    for (let i = 0; i < 3_000_000; i++) {
      kept[i % 200_000] = { i, text: String(i) };
      if (i % 10_000 > 0) continue;
      const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
      most = Math.max(most, young.space_size);
    }
    console.log(most / 2 ** 20);
  `;
  const text = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return Number(text);
}

test("the young generation stays at the size that it gets at once, where it would grow by itself", () => {
  const lean = youngGenerationMegabytes(`await import(${JSON.stringify(LEAN_HEAP)});`);
  const usual = youngGenerationMegabytes("");
  assert.ok(usual > 8, `${usual} MB by itself`);
  assert.ok(lean <= usual / 4, `${lean} MB, ${usual} MB by itself`);
});

for (const file of ["cli.js", "sensor/sensor-child.js"]) {
  test(`${file} sets it before all else`, () => {
    const text = readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8");
    const [first] = text.match(/^import .*$/m) ?? [];
    assert.match(first ?? "", /^import "\.{1,2}\/lean-heap\.js";$/);
  });
}
