// A deadline for child processes that should end by themselves.
import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const DEADLINE_MILLIS = 60_000;

export interface Started<T> {
  readonly child: ChildProcess;
  readonly result: Promise<T>;
}

/**
 * Waits for a child process. One that is stuck is described and killed. Node itself deadlocks now and then while it
 * ends (https://github.com/nodejs/node/issues/54918): such a process, which sleeps in every thread, is started once
 * more, with a loud line. One that is busy, and one that is stuck twice, fails.
 */
export async function withDeadline<T>(start: () => Started<T>, millis = DEADLINE_MILLIS): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const { child, result } = start();
    const stuck = await stuckAfter(child, result, millis);
    if (stuck === null) return await result;
    const text = `${child.spawnargs.join(" ")}: not ended after ${millis} ms\n${stuck.join("\n")}`;
    const isBusy = stuck.some((line) => line.includes(" R "));
    if (isBusy || attempt > 1) throw new Error(text);
    console.error(`${text}\nall its threads sleep: started once more`);
  }
}

/** What each thread does, when the process has not ended in time; null when it has. */
async function stuckAfter<T>(child: ChildProcess, result: Promise<T>, millis: number): Promise<string[] | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, millis, "late");
  });
  const first = await Promise.race([result.then(() => "ended"), late]).finally(() => clearTimeout(timer));
  if (first !== "late") return null;
  const threads = threadsOf(child.pid);
  child.kill("SIGKILL");
  await result.catch(() => {});
  return threads;
}

/** Name, state, processor time (ticks), system call and place in the kernel of every thread. */
function threadsOf(pid: number | undefined): string[] {
  const folder = `/proc/${pid}/task`;
  try {
    return readdirSync(folder).map((thread) => {
      // The name stands in brackets and may hold spaces: what follows it is counted from the last bracket.
      const [, name, rest = ""] = /\((.*)\) (.*)$/.exec(read(`${folder}/${thread}/stat`)) ?? [];
      const fields = rest.split(" ");
      const [state, user, system] = [fields[0], fields[11], fields[12]];
      return `${thread} ${name} ${state} ${user}+${system} ${read(`${folder}/${thread}/syscall`)} ${read(`${folder}/${thread}/wchan`)}`;
    });
  } catch (error) {
    return [String(error)];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "?";
  }
}
