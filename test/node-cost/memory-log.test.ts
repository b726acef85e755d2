import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryLog } from "../../scripts/node-cost/memory-log.ts";
import type { Held } from "../../scripts/node-cost/processes.ts";
import { seededRandom } from "../lab/cluster/random.ts";

const MINUTES = 30;

interface HeldAt {
  readonly megabytes: number;
  readonly descriptors?: number;
  /** Megabytes of files, divided by the processes that share them. */
  readonly files?: number;
}

/** Samples of every ten seconds; `of` gives what the agent holds at a second. */
function logOf(of: (second: number) => HeldAt, minutes = MINUTES): MemoryLog {
  let second = 0;
  const held = ({ megabytes, descriptors = 20, files = 40 }: HeldAt): Held => ({
    resident: (megabytes + 40) * 1e6,
    proportional: (megabytes + files) * 1e6,
    anonymous: megabytes * 1e6,
    descriptors,
  });
  const log = new MemoryLog(() => ({ sensor: held({ megabytes: 50 }), agent: held(of(second)) }));
  for (; second <= minutes * 60; second += 10) log.add(second);
  return log;
}

test("memory that saws up and down is flat, and one that grows below that is found", () => {
  const random = seededRandom(3);
  const saw = () => 60 + random.next() * 10;
  assert.deepEqual(logOf(() => ({ megabytes: saw() })).judge(300).problems, []);
  const [problem, ...more] = logOf((second) => ({ megabytes: saw() + second / 200 })).judge(300).problems;
  assert.match(problem ?? "", /^the memory of the agent grows: /);
  assert.deepEqual(more, []);
});

test("other Node processes that end, and so share less of the program text, are no growth", () => {
  const { lines, problems } = logOf((second) => ({ megabytes: 60, files: 3 + second / 60 })).judge(300);
  assert.deepEqual(problems, []);
  assert.ok(
    lines.some((line) => line.startsWith("agent: PSS ") && line.includes("slope 60.0")),
    lines.join("\n"),
  );
});

test("what grows before the time that is judged does not count", () => {
  assert.deepEqual(logOf((second) => ({ megabytes: Math.min(80, 40 + second / 7) })).judge(300).problems, []);
});

test("descriptors that pile up are found, in a short run too", () => {
  const leaking = logOf((second) => ({ megabytes: 60, descriptors: 20 + second / 10 }), 1);
  const { lines, problems } = leaking.judge(0);
  assert.deepEqual(problems, ["the agent has 21 descriptors at first, 25 at last"]);
  assert.ok(lines.some((line) => line.endsWith("are too short to judge the slope")));
});
