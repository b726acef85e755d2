import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Output } from "../../src/output/files/output.ts";
import { LineResults } from "../../src/output/line-results.ts";
import { makeInteraction } from "../render/support/shop-graph.ts";
import { temporaryFolder } from "../support/cli/wirespan.ts";

const HORIZON_MICROS = 10e6;
const BEGIN_MICROS = 1_795_417_363e6;
const ENDS = { client: { type: "node", name: "a" }, server: { type: "external", name: "b" } } as const;

/** Times in seconds of the lines of a capture of 60 s whose interactions are reported up to 9 s after they began. */
async function lines(t: TestContext, horizonMicros: number): Promise<{ early: number[]; all: number[] }> {
  const path = join(temporaryFolder(t), "lines.jsonl");
  const results = new LineResults({ output: new Output(path), keepNodes: false, hasCluster: true, horizonMicros });
  const times = () => [...readFileSync(path, "utf8").matchAll(/"time":([0-9.]+)/g)].map(([, time]) => Number(time));
  for (let tenth = 0; tenth < 600; tenth++) {
    const nowMicros = BEGIN_MICROS + tenth * 1e5;
    const delayMicros = (tenth * 7_919_000) % 9e6;
    results.add(makeInteraction({ ...ENDS, timeMicros: nowMicros - delayMicros }));
    results.advance(nowMicros);
    // The end of one of several recordings: the others may have older interactions.
    results.advance(Number.POSITIVE_INFINITY);
  }
  const early = times();
  await results.finish([]);
  return { early, all: times() };
}

const isSorted = (times: readonly number[]) => times.every((time, i) => i === 0 || (times[i - 1] ?? 0) <= time);

test("lines are sorted by time if interactions are reported within the horizon", async (t) => {
  const { early, all } = await lines(t, HORIZON_MICROS);
  assert.equal(all.length, 600);
  assert.ok(isSorted(all));
  // Interactions older than the horizon are written early.
  assert.ok(early.length > 450 && early.length < 600, `${early.length} lines`);
  assert.deepEqual(early, all.slice(0, early.length));
});

test("without a horizon all lines are written at the end, sorted by time", async (t) => {
  const { early, all } = await lines(t, Number.POSITIVE_INFINITY);
  assert.equal(early.length, 0);
  assert.equal(all.length, 600);
  assert.ok(isSorted(all));
});

test("however many lines and seconds of them come while time does not pass, not all of them wait in memory", async (t) => {
  for (const [lines, secondsApart, fewest] of [
    [1_100_000, 0, 1_000_000],
    [20_000, 1, 18_000],
  ] as const) {
    const path = join(temporaryFolder(t), "lines.jsonl");
    const output = new Output(path);
    const results = new LineResults({ output, keepNodes: false, hasCluster: true, horizonMicros: HORIZON_MICROS });
    const interaction = makeInteraction({ ...ENDS, timeMicros: BEGIN_MICROS });
    for (let i = 0; i < lines; i++) {
      results.add({ ...interaction, timeMicros: BEGIN_MICROS + i * secondsApart * 1e6 });
    }
    output.flush();
    const written = () => readFileSync(path, "latin1").split('"time"').length - 1;
    const early = written();
    assert.ok(early >= fewest && early <= lines, `${early} of ${lines}`);
    await results.finish([]);
    assert.equal(written(), lines);
  }
});
