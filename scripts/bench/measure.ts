// EDGE: fs, child_process
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";

/** Cost of a command, with all its descendants. */
export interface Measurement {
  readonly status: number;
  /** User and system time, with every descendant that was waited for. */
  readonly cpuSeconds: number;
  readonly elapsedSeconds: number;
  /** Largest resident set of the largest process. */
  readonly peakResidentBytes: number;
  /** Largest sum of proportional set sizes, sampled every 50 ms: as the memory of a container. */
  readonly peakProportionalBytes: number;
  /** Sums of proportional set sizes, by time. */
  readonly samples: readonly number[];
  readonly stdout: string;
  readonly stderr: string;
}

const SAMPLE_MILLIS = 50;

// Node does not report the CPU time of children; bash does, with descendants, on a separate descriptor.
const TIMED = 'exec 4>&2; TIMEFORMAT="%3U %3S"; { time "$@" 2>&4; } 2>&3';

/** Runs a command to its end. `env` is added to the environment. */
export function measure(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Measurement> {
  const startMillis = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", TIMED, "measure", ...command], {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: { ...ambient(), ...env },
    });
    const [stdout, stderr, times] = [1, 2, 3].map((fd) => collect(child.stdio[fd] as Readable));
    const samples: number[] = [];
    let peakResidentBytes = 0;
    const sampler = setInterval(() => {
      const processes = descendants(child.pid ?? 0);
      peakResidentBytes = Math.max(peakResidentBytes, ...processes.map((pid) => kilobytes(pid, "status", "VmHWM")));
      samples.push(processes.reduce((sum, pid) => sum + proportionalOf(pid), 0));
    }, SAMPLE_MILLIS);
    child.on("error", reject);
    child.on("close", (status) => {
      clearInterval(sampler);
      const [user = Number.NaN, system = Number.NaN] = (times?.() ?? "").trim().split(" ").map(Number);
      resolve({
        status: status ?? 1,
        cpuSeconds: user + system,
        elapsedSeconds: (performance.now() - startMillis) / 1000,
        peakResidentBytes,
        peakProportionalBytes: Math.max(0, ...samples),
        samples,
        stdout: stdout?.() ?? "",
        stderr: stderr?.() ?? "",
      });
    });
  });
}

/** The environment of this process without NODE_EXTRA_CA_CERTS, which Node parses at each start. */
function ambient(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _, ...rest } = process.env;
  return rest;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Sum of the proportional set sizes of a process and its descendants. */
export function proportionalBytes(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, each) => sum + proportionalOf(each), 0);
}

/** What of that are heaps and stacks, which no process shares with another. */
export function anonymousBytes(pid: number): number {
  const processes = [pid, ...descendants(pid)];
  return processes.reduce((sum, each) => sum + kilobytes(each, "smaps_rollup", "Anonymous"), 0);
}

/**
 * What of that are buffers of packet sockets (`PACKET_MMAP`): the kernel counts their pages as the process's, but charges
 * no container with them.
 */
export function captureBufferBytes(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, each) => sum + captureBufferOf(each), 0);
}

function captureBufferOf(pid: number): number {
  const text = attempt(() => readFileSync(`/proc/${pid}/smaps`, "utf8"), "");
  // A mapping's first line ends with its file; the lines of its figures follow.
  const sizes = text.matchAll(/^[0-9a-f]+-[0-9a-f]+ .* socket:\[\d+\]\n(?:(?![0-9a-f]+-).*\n)*?Pss:\s*(\d+)/gm);
  return [...sizes].reduce((sum, [, size]) => sum + Number(size) * 1024, 0);
}

function proportionalOf(pid: number): number {
  return kilobytes(pid, "smaps_rollup", "Pss");
}

function collect(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}

/** Descendants of `pid`. A process that exits meanwhile is ignored. */
function descendants(pid: number): number[] {
  const children = attempt(() => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim(), "");
  const direct = children === "" ? [] : children.split(" ").map(Number);
  return direct.flatMap((child) => [child, ...descendants(child)]);
}

function kilobytes(pid: number, file: string, field: string): number {
  const text = attempt(() => readFileSync(`/proc/${pid}/${file}`, "utf8"), "");
  return 1024 * Number(new RegExp(`^${field}:\\s*(\\d+)`, "m").exec(text)?.[1] ?? 0);
}

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
