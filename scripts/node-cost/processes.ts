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
  /** Heap and stacks: what no other process shares, so that it does not depend on which others run. */
  readonly anonymous: number;
  readonly descriptors: number;
}

export function heldBy(pid: number): Held {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1]);
  return {
    resident: kilobytes("VmRSS") * 1024,
    proportional: proportionalBytes(pid),
    anonymous: kilobytes("RssAnon") * 1024,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}
