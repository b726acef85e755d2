// EDGE: fs
import { readdirSync, readFileSync } from "node:fs";
import { proportionalBytes } from "../bench/measure.ts";

/** Linux: USER_HZ. */
const TICKS_PER_SECOND = 100;

/** CPU time of a process so far, in milliseconds: in nanoseconds where the kernel has them, else by its clock of 10 ms. */
export function cpuMillis(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.reduce((sum, thread) => sum + runtimeOf(`/proc/${pid}/task/${thread}/sched`), 0);
  } catch {
    // The name in parentheses may contain spaces, so fields are counted after it.
    const [, rest = ""] = /\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    const fields = rest.split(" ").map(Number);
    return (((fields[11] ?? 0) + (fields[12] ?? 0)) / TICKS_PER_SECOND) * 1_000;
  }
}

function runtimeOf(file: string): number {
  const found = /sum_exec_runtime\s*:\s*([\d.]+)/.exec(readFileSync(file, "utf8"));
  if (found === null) throw new Error(`${file} has no sum_exec_runtime`);
  return Number(found[1]);
}

/** What a process holds; bytes. */
export interface Held {
  readonly resident: number;
  readonly proportional: number;
  readonly descriptors: number;
}

export function heldBy(pid: number): Held {
  const resident = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return {
    resident: Number(resident) * 1024,
    proportional: proportionalBytes(pid),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}
