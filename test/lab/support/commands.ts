// EDGE: child_process, process
// Runs the system's programs for the laboratory and ends by pid what it started.

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { delimiter } from "node:path";

const environment = { ...process.env, PATH: [process.env.PATH ?? "", "/usr/sbin", "/sbin"].join(delimiter) };

const MAX_SECONDS = 30;

/** Runs a program to its end with `input` on stdin; its stdout. Rejects with its stderr when it fails. */
export function run(file: string, args: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: environment, timeout: MAX_SECONDS * 1000, killSignal: "SIGKILL" });
    let output = "";
    let problems = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      problems += text;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${file} ${args.join(" ")} failed: ${problems.trim() || `exit code ${code}`}`));
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/**
 * Starts a program inside a network namespace (`ip netns exec`, which becomes the program: the pid is the program's).
 * The namespace's own /etc/netns files stand in for those in /etc.
 */
export function spawnInNamespace(namespace: string, command: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn("ip", ["netns", "exec", namespace, ...command], { env: environment, ...options });
}

/** Ends a process by its pid: politely, and after two seconds by SIGKILL. Resolves when it is gone. */
export function end(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const impatience = setTimeout(() => child.kill("SIGKILL"), 2000);
    child.once("exit", () => {
      clearTimeout(impatience);
      resolve();
    });
    child.kill(signal);
  });
}

/** Resolves when a line of the stream contains `text`; rejects when the process ends first or 30 seconds pass. */
export function waitForLine(child: ChildProcess, stream: "stdout" | "stderr", text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = "";
    const impatience = setTimeout(() => reject(new Error(`did not say "${text}" within 30 s: ${seen.trim()}`)), 30_000);
    child[stream]?.setEncoding("utf8").on("data", (chunk: string) => {
      if (seen.length < 65_536) seen += chunk;
      if (!seen.includes(text)) return;
      clearTimeout(impatience);
      resolve();
    });
    child.once("exit", (code) => {
      clearTimeout(impatience);
      reject(new Error(`ended with exit code ${code} before it said "${text}": ${seen.trim()}`));
    });
  });
}
