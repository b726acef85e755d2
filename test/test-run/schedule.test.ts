import assert from "node:assert/strict";
import { test } from "node:test";
import { type Job, nextJob } from "../../scripts/test-run/schedule.ts";

const MACHINE = { processors: 2 };
const NONE: ReadonlySet<string> = new Set();

function job(name: string, processors: number, more: Partial<Job> = {}): Job {
  return {
    name,
    kind: "any",
    command: ["true"],
    needs: [],
    processors,
    atOnce: Number.POSITIVE_INFINITY,
    timeoutSeconds: 1,
    isTest: false,
    ...more,
  };
}

const [half, one, more, whole] = [job("half", 0.5), job("one", 1), job("more", 1.2), job("whole", 2)];

const CASES: readonly {
  readonly name: string;
  readonly waiting: readonly Job[];
  readonly running?: readonly Job[];
  readonly passed?: ReadonlySet<string>;
  readonly next: Job | null;
}[] = [
  { name: "the first one of the list starts first", waiting: [one, half], next: one },
  { name: "processors that are free are used", waiting: [one], running: [half, half], next: one },
  { name: "no more is started than there are processors", waiting: [one], running: [half, one], next: null },
  {
    name: "a smaller one passes one for which there is no room",
    waiting: [one, half],
    running: [one, half],
    next: half,
  },
  {
    name: "nothing passes one that needs more than half of the machine",
    waiting: [more, half],
    running: [one],
    next: null,
  },
  { name: "one that needs the whole machine runs alone", waiting: [half], running: [whole], next: null },
  { name: "one that needs more than there is runs alone", waiting: [job("huge", 9)], next: job("huge", 9) },
  {
    name: "fractions fill the machine",
    waiting: [job("a", 0.1)],
    running: Array(19).fill(job("b", 0.1)),
    next: job("a", 0.1),
  },
  {
    name: "one waits for what it needs, and others pass it",
    waiting: [job("whole", 2, { needs: ["built"] }), half],
    next: half,
  },
  {
    name: "one starts when what it needs has passed",
    waiting: [job("late", 1, { needs: ["built"] })],
    passed: new Set(["built"]),
    next: job("late", 1, { needs: ["built"] }),
  },
  {
    name: "one of a kind of which no more may run is passed, how large it may be",
    waiting: [job("second", 1.5, { kind: "browser", atOnce: 1 }), half],
    running: [job("first", 1.5, { kind: "browser", atOnce: 1 })],
    next: half,
  },
  {
    name: "no more of a kind at a time than may be",
    waiting: [job("bed", 0.1, { kind: "cluster", atOnce: 1 }), half],
    running: [job("bed", 0.1, { kind: "cluster", atOnce: 1 })],
    next: half,
  },
];

for (const { name, waiting, running = [], passed = NONE, next } of CASES) {
  test(name, () => assert.deepEqual(nextJob({ waiting, running, passed }, MACHINE), next));
}
