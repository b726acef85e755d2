import { type JobResult, type RunningJob, startJob } from "./run-job.ts";
import { type Job, type Machine, nextJob } from "./schedule.ts";

export interface Watcher {
  /** Ends the run: what is running is stopped, and nothing more begins. */
  readonly interrupt: AbortSignal;
  /** Called after each job that has ended. Returns whether it has passed. */
  ended(result: JobResult, running: readonly RunningJob[]): boolean;
  /** Called when nothing has ended for a while. */
  quiet(running: readonly RunningJob[]): void;
}

const QUIET_MILLIS = 60_000;

/**
 * Runs jobs in the order of the schedule. Resolves with those that did not run, because a job that they need has failed
 * or the run was interrupted.
 */
export async function runJobs(jobs: readonly Job[], machine: Machine, watcher: Watcher): Promise<readonly Job[]> {
  const waiting = [...jobs];
  const running: RunningJob[] = [];
  const passed = new Set<string>();
  watcher.interrupt.addEventListener("abort", () => {
    for (const job of running) job.stop();
  });
  try {
    for (;;) {
      const state = () => ({ waiting, running: running.map(({ job }) => job), passed });
      const next = () => (watcher.interrupt.aborted ? null : nextJob(state(), machine));
      for (let job = next(); job !== null; job = next()) {
        waiting.splice(waiting.indexOf(job), 1);
        running.push(startJob(job));
      }
      if (running.length === 0) break;
      const result = await firstOf(running, watcher);
      running.splice(
        running.findIndex(({ job }) => job === result.job),
        1,
      );
      if (watcher.ended(result, running)) passed.add(result.job.name);
    }
  } finally {
    // Where this run itself fails, nothing of it goes on alone.
    for (const job of running) job.stop();
  }
  return waiting;
}

async function firstOf(running: readonly RunningJob[], watcher: Watcher): Promise<JobResult> {
  const timer = setInterval(() => watcher.quiet(running), QUIET_MILLIS);
  try {
    return await Promise.race(running.map(({ result }) => result));
  } finally {
    clearInterval(timer);
  }
}
