// EDGE: child_process, fs
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Job } from "./schedule.ts";

export interface JobResult {
  readonly job: Job;
  /** All of its output. */
  readonly log: string;
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly isLate: boolean;
  readonly seconds: number;
  /** Of its processes and those that they waited for. */
  readonly processorSeconds: number;
}

export interface RunningJob {
  readonly job: Job;
  readonly startMillis: number;
  readonly result: Promise<JobResult>;
  kill(): void;
}

/** The last line on descriptor 3. */
const TIMED = `TIMEFORMAT="%U %S"; { time "$@" 1>&4 2>&4 3>&- 4>&-; } 2>&3`;

/** Starts a job in a process group of its own; its output goes to a file, which processes that outlive it keep open. */
export function startJob(job: Job): RunningJob {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-job-"));
  const [logPath, timesPath] = [join(folder, "log"), join(folder, "times")];
  const [log, times] = [openSync(logPath, "w"), openSync(timesPath, "w")];
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  const startMillis = performance.now();
  const child = spawn("bash", ["-c", TIMED, "job", ...job.command], {
    detached: true,
    env,
    stdio: ["ignore", log, log, times, log],
  });
  closeSync(log);
  closeSync(times);
  const kill = () => {
    try {
      process.kill(-(child.pid ?? 0), "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  };
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, job.timeoutSeconds * 1000);
  const result = new Promise<JobResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(timer);
      const [user = 0, system = 0] = readFileSync(timesPath, "utf8").trim().split(" ").map(Number);
      const text = readFileSync(logPath, "utf8");
      rmSync(folder, { recursive: true, force: true });
      const seconds = (performance.now() - startMillis) / 1000;
      resolve({ job, log: text, code, isLate, seconds, processorSeconds: user + system });
    });
  });
  return { job, startMillis, result, kill };
}
