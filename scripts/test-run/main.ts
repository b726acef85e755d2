// EDGE: process
// What scripts/test.sh starts once the sources are compiled: set-up, lint and test files beside each other, as many as the
// processors allow (schedule.ts).
import { availableParallelism } from "node:os";
import { optionsOf } from "../options.ts";
import { allJobs } from "./jobs.ts";
import type { JobResult, RunningJob } from "./run-job.ts";
import { runJobs } from "./run-jobs.ts";
import type { Job } from "./schedule.ts";
import { tables } from "./tables.ts";
import { addTotals, countTests, type Totals } from "./totals.ts";

const USAGE = `Usage: scripts/test.sh [options]
  --fast         what gates a commit (npm run check): lint and the fast tests, on the machine's Node only
  --only REGEX   jobs whose name matches, such as ^lab/, and what they need
  --list         prints the names of the jobs, each with its kind and the jobs that it waits for, and runs nothing
Exit codes: 0 all passed; 1 one failed; 2 a wrong argument; 130 Ctrl-C, or another signal to end.`;

const { fast, only, list } = optionsOf(USAGE, {
  fast: { type: "boolean", default: false },
  only: { type: "string", default: "" },
  list: { type: "boolean", default: false },
});
const started = performance.now();
const jobs = chosen(allJobs("dist/test", fast), only);
const results: JobResult[] = [];
const broken: { job: Job; text: string }[] = [];
let totals: Totals = { passed: 0, failed: 0, skipped: 0 };

if (list) for (const job of jobs) console.log(line(job));
else await runAll();

function line({ name, kind, needs }: Job): string {
  return `${name} (${kind})${needs.length === 0 ? "" : ` after ${needs.join(", ")}`}`;
}

async function runAll(): Promise<void> {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => controller.abort());
  const watcher = { interrupt: controller.signal, ended, quiet };
  const notRun = await runJobs(jobs, { processors: availableParallelism() }, watcher);
  if (controller.signal.aborted) process.exit(130);
  for (const { job, text } of broken) console.log(`\n== once more, failed: ${job.name}\n${text}`);
  for (const { name } of notRun) console.log(`✖ not run, as what it needs has failed: ${name}`);
  totals = addTotals(totals, { passed: 0, failed: notRun.length, skipped: 0 });
  console.log(`\n${tables(results)}`);
  console.log(`\n${results.length} jobs in ${duration(performance.now() - started)}`);
  console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  process.exitCode = totals.failed > 0 ? 1 : 0;
}

/** The jobs whose names match, and what they need. Ends the process where there are none: nothing tested is nothing passed. */
function chosen(all: readonly Job[], expression: string): readonly Job[] {
  const names = new Set(all.filter(({ name }) => matches(name, expression)).map(({ name }) => name));
  if (names.size === 0) wrong(`no job has a name that matches ${expression}: --list prints them`);
  for (const { name, needs } of all.toReversed()) if (names.has(name)) for (const need of needs) names.add(need);
  return all.filter(({ name }) => names.has(name));
}

function matches(name: string, expression: string): boolean {
  try {
    return new RegExp(expression).test(name);
  } catch (error) {
    return wrong(`--only: ${(error as Error).message}`);
  }
}

function wrong(problem: string): never {
  console.error(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

function ended(result: JobResult, running: readonly RunningJob[]): boolean {
  const { job, seconds, processorSeconds } = result;
  const { totals: counted, text } = countTests(result);
  results.push(result);
  totals = addTotals(totals, counted);
  const at = `${results.length}/${jobs.length}, ${duration(performance.now() - started)}`;
  const took = `${seconds.toFixed(1)} s, ${processorSeconds.toFixed(1)} s of processors`;
  console.log(
    `\n== [${at}] ${counted.failed > 0 ? "FAILED" : "passed"} in ${took}: ${job.name} (${running.length} more running)`,
  );
  if (text !== "") console.log(text);
  if (counted.failed > 0) broken.push({ job, text });
  return counted.failed === 0;
}

function quiet(running: readonly RunningJob[]): void {
  const names = running.map(({ job, startMillis }) => `${job.name} for ${duration(performance.now() - startMillis)}`);
  console.log(
    `\n== [${results.length}/${jobs.length}, ${duration(performance.now() - started)}] running: ${names.join(", ")}`,
  );
}

function duration(millis: number): string {
  const seconds = Math.floor(millis / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
