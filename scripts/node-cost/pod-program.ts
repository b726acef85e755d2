// EDGE: child_process, process
import type { ChildProcess } from "node:child_process";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { end, spawnInNamespace } from "../../test/lab/support/commands.ts";
import type { LoadCommand, LoadReport } from "./load-messages.ts";

// Compiled, this file and the program stand side by side.
const PROGRAM = fileURLToPath(new URL("./load-program.js", import.meta.url));
/** Lookups wait in the kernel, each in a thread of its own. */
const THREADS = "32";
const DEADLINE_MILLIS = 60_000;

type Report<T extends LoadReport["type"]> = Extract<LoadReport, { type: T }>;

/** The program of a pod, which does one thing after the other. */
export class PodProgram {
  readonly #child: ChildProcess;
  readonly #reports: LoadReport[] = [];
  #wake: (() => void) | null = null;

  /** `priority` as nice(1) counts; null: this process's. */
  constructor(namespace: string, priority: number | null) {
    this.#child = spawnInNamespace(namespace, [process.execPath, PROGRAM], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      env: { ...process.env, UV_THREADPOOL_SIZE: THREADS },
    });
    if (priority !== null && this.#child.pid !== undefined) setPriority(this.#child.pid, priority);
    this.#child.on("message", (report) => {
      this.#reports.push(report as LoadReport);
      this.#wake?.();
    });
    this.#child.on("exit", () => this.#wake?.());
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(command: LoadCommand): void {
    this.#child.send(command);
  }

  /** The next report, which must be this one. */
  async next<T extends LoadReport["type"]>(type: T): Promise<Report<T>> {
    const deadline = performance.now() + DEADLINE_MILLIS;
    while (this.#reports.length === 0) {
      if (this.#child.exitCode !== null)
        throw new Error(`a pod's program ended with exit code ${this.#child.exitCode}`);
      if (performance.now() > deadline) throw new Error(`a pod's program did not report "${type}" within a minute`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const report = this.#reports.shift();
    if (report?.type !== type) throw new Error(`expected "${type}" of a pod's program, got ${JSON.stringify(report)}`);
    return report as Report<T>;
  }

  /** Sends a command, and resolves with the report that answers it. */
  ask<T extends LoadReport["type"]>(command: LoadCommand, answer: T): Promise<Report<T>> {
    this.send(command);
    return this.next(answer);
  }

  stop(): Promise<void> {
    return end(this.#child);
  }
}
