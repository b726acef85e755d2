import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { dependent } from "../support/dependent-process.ts";
import { repositoryRoot } from "../support/paths.ts";

const START_MILLIS = 60_000;
const POLL_MILLIS = 50;
const LOG_CHARACTERS = 100_000;

export interface ServerCommand {
  /** For messages: "the Collector". */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Polled until it returns true. */
  readonly isReady: () => Promise<boolean>;
}

export interface ServerProcess {
  readonly pid: number;
  /** The end of its output so far. */
  log(): string;
  isRunning(): boolean;
  /** SIGSTOP suspends it, SIGCONT resumes it. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Resolves when it has exited. Idempotent. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** Starts a real server, which ends with this process. Resolves when it is ready; throws with its log if it is not within a minute. */
export async function startServer(command: ServerCommand): Promise<ServerProcess> {
  const child: ChildProcess = spawn(...dependent([command.program, ...command.args]), {
    cwd: repositoryRoot,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...command.env },
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-LOG_CHARACTERS);
    });
  }
  const exited = once(child, "exit");
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const deadline = Date.now() + START_MILLIS;
  while (!(await command.isReady().catch(() => false))) {
    if (!isRunning() || Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`${command.name} did not start:\n${log}`);
    }
    await delay(POLL_MILLIS);
  }
  return {
    pid: child.pid ?? 0,
    log: () => log,
    isRunning,
    signal: (signal) => child.kill(signal),
    async stop(signal = "SIGTERM") {
      if (isRunning()) child.kill(signal);
      await exited;
    },
  };
}

/** Whether a TCP port of 127.0.0.1 accepts connections. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
