import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { withDeadline } from "../deadline.ts";
import { repositoryRoot } from "../paths.ts";

/** The compiled command line next to the compiled tests. */
export const CLI = fileURLToPath(new URL("../../../bin/cli.js", import.meta.url));

/** The recording of the demo: three nodes of a small shop. */
export const RECORDING = join(repositoryRoot, "test/lab/recording");
export const capture = (node: string): string => join(RECORDING, `${node}.pcap`);
export const CLUSTER = ["--cluster", join(RECORDING, "cluster.json"), "--events", join(RECORDING, "events.jsonl")];

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Runs as this unprivileged user. */
  readonly uid?: number;
  /** A command before `node`, such as a program that creates a terminal. */
  readonly cwd?: string;
  /** Standard input. */
  readonly input?: string | Uint8Array;
}

/** The environment of the tests without variables that change the outcome. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(OTEL_|NODE_NAME$|NO_COLOR$|FORCE_COLOR$|NODE_TEST_CONTEXT$)/.test(name),
  );
  return { ...Object.fromEntries(kept), ...extra };
}

/** Starts the command line. */
export function start(args: readonly string[], { env, uid, cwd }: RunOptions = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [CLI, ...args], {
    env: cleanEnvironment(env),
    ...(uid === undefined ? {} : { uid, gid: uid }),
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Resolves when the process has ended and its output is read. */
export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Runs the command line, for at most a minute. */
export function wirespan(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return withDeadline(() => {
    const child = start(args, options);
    if (options.input !== undefined) child.stdin.end(options.input);
    return { child, result: ended(child) };
  });
}

/** A temporary directory for the test that other users can enter. */
export function temporaryFolder(t: Pick<TestContext, "after">): string {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-cli-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file into a directory and returns its path. */
export function file(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
