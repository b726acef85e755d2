// EDGE: child_process, fs
import { spawn } from "node:child_process";
import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Job } from "./schedule.ts";

export interface JobResult {
  readonly job: Job;
  /** All of its output. */
  readonly log: string;
  /** Null where a signal ended it, or it did not start. */
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
  /** Asks its processes to end, so that they clean up, and kills them a little later. */
  stop(): void;
}

const CLEAN_UP_MILLIS = 10_000;

/** Its times go to descriptor 3. It waits for a command that SIGTERM lets clean up. */
const TIMED = `trap : TERM; TIMEFORMAT="%U %S"; { time "$@" 1>&4 2>&4 3>&- 4>&-; } 2>&3`;

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
  const kill = (signal: NodeJS.Signals) => {
    // Of a command that did not start. Zero is this process's own group.
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    clearTimeout(timer);
    kill("SIGTERM");
    timer = setTimeout(kill, CLEAN_UP_MILLIS, "SIGKILL");
  };
  let isLate = false;
  timer = setTimeout(() => {
    isLate = true;
    stop();
  }, job.timeoutSeconds * 1000);
  const ended = new Promise<number | null>((resolve) => {
    child.once("exit", resolve);
    child.once("error", ({ message }) => {
      appendFileSync(logPath, message);
      resolve(null);
    });
  });
  const result = ended.then((code) => {
    clearTimeout(timer);
    const [user = 0, system = 0] = readFileSync(timesPath, "utf8").trim().split(" ").map(Number);
    const text = readFileSync(logPath, "utf8");
    rmSync(folder, { recursive: true, force: true });
    const seconds = (performance.now() - startMillis) / 1000;
    return { job, log: text, code, isLate, seconds, processorSeconds: user + system };
  });
  return { job, startMillis, result, stop };
}
