import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { JobResult } from "../../scripts/test-run/run-job.ts";
import { runJobs } from "../../scripts/test-run/run-jobs.ts";
import type { Job } from "../../scripts/test-run/schedule.ts";
import { cleanEnvironment, file, temporaryFolder } from "../support/cli/wirespan.ts";
import { repositoryRoot } from "../support/paths.ts";
import { until } from "../support/until.ts";

const MAIN = join(repositoryRoot, "dist/scripts/test-run/main.js");
const PASSING = 'require("node:test").test("one and one", () => {});';
const POSTPONED = 'require("node:test").test("later", { skip: "not yet" });';
const FAILING = 'require("node:test").test("is broken", () => { throw new Error("the reason"); });';

/** A run of these files of tests. */
function run(t: TestContext, files: Readonly<Record<string, string>>, only = "test.js$") {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "dist/test"), { recursive: true });
  for (const [name, text] of Object.entries(files)) file(join(folder, "dist/test"), `${name}.test.js`, text);
  const options = { cwd: folder, encoding: "utf8" as const, env: cleanEnvironment() };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "--fast", "--only", only], options);
  return { status, stdout, stderr, last: stdout.trimEnd().split("\n").at(-1) };
}

test("a run in which all passes ends with its totals and 0", (t) => {
  const { status, stdout, last } = run(t, { a: PASSING, b: `${PASSING}\n${POSTPONED}` });
  assert.equal(last, "2 passed, 0 failed, 1 skipped");
  assert.equal(status, 0);
  assert.match(stdout, /== \[\d\/2, 0:\d\d\] passed in [\d.]+ s, [\d.]+ s of processors: a\.test\.js/);
  assert.match(stdout, /✔ one and one/);
  assert.match(stdout, /kind +│ seconds/);
  assert.doesNotMatch(stdout, /^ℹ pass/m);
});

test("one failed test fails the run, and its output stands at the end, too", (t) => {
  const { status, stdout, last } = run(t, { a: FAILING, b: PASSING });
  assert.equal(last, "1 passed, 1 failed, 0 skipped");
  assert.equal(status, 1);
  assert.match(stdout, /== once more, failed: a\.test\.js\n[\s\S]*the reason/);
});

test("a run of no job is a wrong argument, not one in which all passes", (t) => {
  for (const [only, said] of [
    ["nothing-like-it", /^no job has a name that matches nothing-like-it: /],
    ["(", /^--only: Invalid regular expression/],
  ] as const) {
    const { status, stderr } = run(t, { a: PASSING }, only);
    assert.match(stderr, said);
    assert.equal(status, 2);
  }
});

const SILENT: readonly (readonly [name: string, text: string, said: RegExp])[] = [
  ["a file that does not load", 'throw new Error("no such thing");', /no such thing/],
  ["a file that ends before its tests", `${PASSING}\nprocess.exit(0);`, /✖ ended without a test/],
  ["a file without tests", "", /✖ ended without a test/],
  ["a file that is killed", 'process.kill(process.pid, "SIGKILL");', /✖ ended with (137|a signal)/],
];
for (const [name, text, said] of SILENT) {
  test(`${name} fails the run`, (t) => {
    const { status, stdout, last } = run(t, { a: text });
    assert.match(stdout, said);
    assert.match(last ?? "", /^\d passed, 1 failed, 0 skipped$/);
    assert.equal(status, 1);
  });
}

function job(name: string, command: string, more: Partial<Job> = {}): Job {
  const defaults = { kind: "any", needs: [], processors: 1, atOnce: 9, timeoutSeconds: 60, isTest: false };
  return { name, command: ["bash", "-c", command], ...defaults, ...more };
}

async function results(
  jobs: readonly Job[],
  interrupt = new AbortController().signal,
): Promise<{ notRun: readonly Job[]; ended: readonly JobResult[] }> {
  const ended: JobResult[] = [];
  const watcher = { interrupt, ended: (result: JobResult) => ended.push(result) > 0 && result.code === 0, quiet() {} };
  return { notRun: await runJobs(jobs, { processors: 2 }, watcher), ended };
}

test("jobs run beside each other, and each has its own output and time", async (t) => {
  const meeting = join(temporaryFolder(t), "pipe");
  const { ended } = await results([
    job("reads", `mkfifo ${meeting}; cat ${meeting}; echo there >&2`),
    job("writes", `until [[ -p ${meeting} ]]; do :; done; echo here >${meeting}; echo written`),
  ]);
  assert.deepEqual(Object.fromEntries(ended.map(({ job, log }) => [job.name, log])), {
    reads: "here\nthere\n",
    writes: "written\n",
  });
});

test("processor time is that of the job's processes", async () => {
  const { ended } = await results([
    job("busy", "for ((i = 0; i < 200000; i++)); do :; done; bash -c 'for ((i = 0; i < 200000; i++)); do :; done'"),
  ]);
  const [{ processorSeconds, seconds } = { processorSeconds: 0, seconds: 0 }] = ended;
  assert.ok(processorSeconds > 0.1 && processorSeconds <= seconds + 0.1, `${processorSeconds} s in ${seconds} s`);
});

test("what needs a job that failed does not run, all else does", async () => {
  const { notRun, ended } = await results([
    job("broken", "exit 3"),
    job("after it", "true", { needs: ["broken"] }),
    job("other", "true"),
  ]);
  assert.deepEqual(ended.map(({ job }) => job.name).toSorted(), ["broken", "other"]);
  assert.deepEqual(
    notRun.map(({ name }) => name),
    ["after it"],
  );
});

test("a job that does not start fails, and the others run on", async (t) => {
  const { PATH } = process.env;
  t.after(() => {
    process.env.PATH = PATH;
  });
  process.env.PATH = temporaryFolder(t);
  const { ended } = await results([job("first", "true"), job("second", "true")]);
  for (const { log, code } of ended) assert.deepEqual([log, code], ["spawn bash ENOENT", null]);
  assert.equal(ended.length, 2);
});

test("a job that hangs is killed with all its processes", async (t) => {
  const path = join(temporaryFolder(t), "pid");
  const { ended } = await results([
    job("hangs", `bash -c 'echo $$ >${path}; tail -f /dev/null'; :`, { timeoutSeconds: 3 }),
  ]);
  assert.deepEqual([ended[0]?.isLate, ended[0]?.code], [true, 128 + 15]);
  const isAlive = () => spawnSync("bash", ["-c", `kill -0 $(cat ${path})`]).status === 0;
  await until("its process is gone", () => !isAlive());
});

test("where the run itself fails, what is running is stopped", async (t) => {
  const path = join(temporaryFolder(t), "pid");
  const ended = (): boolean => {
    throw new Error("no room for the output");
  };
  const watcher = { interrupt: new AbortController().signal, ended, quiet() {} };
  const jobs = [
    job("hangs", `echo $$ >${path}; exec tail -f /dev/null`),
    job("ends", `until [[ -s ${path} ]]; do :; done`),
  ];
  await assert.rejects(runJobs(jobs, { processors: 2 }, watcher), /no room for the output/);
  const isAlive = () => spawnSync("bash", ["-c", `kill -0 $(cat ${path})`]).status === 0;
  await until("its process is gone", () => !isAlive());
});

test("Ctrl-C stops what is running, which cleans up, and nothing more begins", async (t) => {
  const folder = temporaryFolder(t);
  const [begun, cleaned] = [join(folder, "begun"), join(folder, "cleaned")];
  const interrupt = new AbortController();
  const run = results(
    [
      job("first", `trap 'touch ${cleaned}; exit 1' TERM; touch ${begun}; tail -f /dev/null & wait`, { processors: 2 }),
      job("second", "true"),
    ],
    interrupt.signal,
  );
  await until("the first one runs", () => existsSync(begun));
  interrupt.abort();
  const { notRun, ended } = await run;
  assert.ok(existsSync(cleaned));
  assert.deepEqual([ended.map(({ job }) => job.name), notRun.map(({ name }) => name)], [["first"], ["second"]]);
});
