import { type ChildProcess, spawn } from "node:child_process";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { networkNamespace } from "../../support/network-namespace.ts";
import type { InsideAnswer, InsideRequest } from "./inside.ts";

/**
 * A network namespace for the servers of one test: there every shipped file works as it is, on its own ports of the
 * loopback, whatever else runs on this machine.
 */
export interface ConsumerNamespace {
  /** For a command that is to run inside: this in front of it. */
  readonly prefix: readonly string[];
  /** Body of an answer from inside; throws unless its status is below 300. */
  get(url: string): Promise<string>;
  accepts(port: number): Promise<boolean>;
  /**
   * Starts a compiled module inside, with IPC. It ends with the test. Elsewhere it would run on a machine of its own: it
   * leaves the processor to the servers.
   */
  fork(module: URL, ...args: readonly string[]): ChildProcess;
}

export function consumerNamespace(t: TestContext): ConsumerNamespace {
  const { name } = networkNamespace(t);
  const prefix = ["ip", "netns", "exec", name];
  const fork = (module: URL, ...args: readonly string[]): ChildProcess => {
    const [program = "", ...rest] = [...prefix, "nice", "-n", "10", process.execPath, fileURLToPath(module), ...args];
    const child = spawn(program, rest, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    t.after(() => child.kill("SIGKILL"));
    return child;
  };

  const inside = fork(new URL("./inside.js", import.meta.url));
  const waiting = new Map<number, (answer: InsideAnswer) => void>();
  inside.on("message", (answer: InsideAnswer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  let asked = 0;
  const ask = (request: { type: "get"; url: string } | { type: "accepts"; port: number }): Promise<InsideAnswer> =>
    new Promise((resolve) => {
      const id = asked++;
      waiting.set(id, resolve);
      inside.send({ id, ...request } satisfies InsideRequest);
    });
  return {
    prefix,
    fork,
    async get(url) {
      const { text, problem } = await ask({ type: "get", url });
      if (text === undefined) throw new Error(problem);
      return text;
    },
    accepts: async (port) => (await ask({ type: "accepts", port })).problem === undefined,
  };
}
