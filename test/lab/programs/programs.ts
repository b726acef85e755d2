// EDGE: child_process
// The programs of a run, one in each namespace: their commands and reports.

import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { end, spawnInNamespace } from "../support/commands.ts";
import type { ClientResult, ProgramCommand, ProgramReport, ServerAccept } from "./program-messages.ts";

// Compiled, this file and the program stand side by side.
const PROGRAM = fileURLToPath(new URL("./program.js", import.meta.url));
const READY_MS = 60_000;

interface Waiting {
  readonly enough: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Starts programs, passes commands on, and collects reports until it is closed. */
export class Programs {
  readonly results: ClientResult[] = [];
  readonly accepts: ServerAccept[] = [];
  /** What programs complained of. */
  readonly problems: string[] = [];
  readonly #children = new Map<string, ChildProcess>();
  readonly #waiting: Waiting[] = [];
  #ready = 0;
  #listening = 0;
  #requested = 0;

  start(namespace: string): void {
    const child = spawnInNamespace(namespace, [process.execPath, PROGRAM], { stdio: ["pipe", "pipe", "pipe"] });
    this.#children.set(namespace, child);
    child.stdin?.on("error", () => undefined);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => this.problems.push(`${namespace}: ${text.trim()}`));
    child.on("error", (error) => this.problems.push(`${namespace}: ${error.message}`));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on("line", (line) => this.#take(JSON.parse(line) as ProgramReport));
  }

  send(namespace: string, command: ProgramCommand): void {
    if (command.type === "listen") this.#requested++;
    const { stdin } = this.#children.get(namespace) ?? {};
    if (!stdin?.writable) throw new Error(`no program is running in ${namespace}`);
    stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** Resolves when all programs run. */
  ready(): Promise<void> {
    return this.#until("start", READY_MS, () => this.#ready === this.#children.size);
  }

  /** Resolves when all requested ports are served. */
  listening(): Promise<void> {
    return this.#until("listen", READY_MS, () => this.#listening === this.#requested);
  }

  /** Resolves with all planned results, and an accept for each successful connection. */
  finished(results: number, milliseconds: number): Promise<void> {
    const succeeded = (): number => this.results.filter(({ outcome, dialled }) => outcome === "ok" && dialled).length;
    const enough = (): boolean => this.results.length >= results && this.accepts.length >= succeeded();
    return this.#until("finish", milliseconds, enough);
  }

  /** Ends the programs, and rejects pending promises. */
  async close(): Promise<void> {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error("the laboratory was stopped"));
    await Promise.all([...this.#children.values()].map((child) => end(child)));
    this.#children.clear();
  }

  #take(message: ProgramReport): void {
    if (message.type === "ready") this.#ready++;
    else if (message.type === "listening") this.#listening++;
    else if (message.type === "accept") this.accepts.push(message);
    else this.results.push(message);
    for (const { enough, resolve } of this.#waiting) if (enough()) resolve();
  }

  #until(what: string, milliseconds: number, enough: () => boolean): Promise<void> {
    if (enough()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const impatience = setTimeout(() => {
        const figures = `${this.#ready} ready, ${this.#listening} listening, ${this.results.length} results`;
        reject(new Error(`the programs did not ${what} in time (${figures}): ${this.problems.join("; ")}`));
      }, milliseconds);
      const settle = (end: () => void) => (): void => {
        clearTimeout(impatience);
        end();
      };
      this.#waiting.push({
        enough,
        resolve: settle(resolve),
        reject: (error) => settle(() => reject(error))(),
      });
    });
  }
}
