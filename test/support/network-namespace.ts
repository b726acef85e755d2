import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import type { TestContext } from "node:test";

let made = 0;

/** A network namespace of the test's own, with `lo` up; it goes away with the test. */
export interface NetworkNamespace {
  readonly name: string;
  /** Runs a command inside and gives its output. */
  run(command: string, ...args: readonly string[]): string;
  /** The same without holding this process up; the command ends with the test. */
  output(command: string, ...args: readonly string[]): Promise<string>;
  /** Starts a compiled module inside; the process ends with the test. */
  start(module: string, ...args: readonly string[]): ChildProcessWithoutNullStreams;
}

export function networkNamespace(t: TestContext): NetworkNamespace {
  const name = `wirespan-${process.pid}-${made++}`;
  const command = (program: string, ...args: readonly string[]) => execFileSync(program, args, { encoding: "utf8" });
  try {
    command("ip", "netns", "add", name);
  } catch (error) {
    throw new Error(`this test makes a network namespace: run it as root, with iproute2 installed (${error})`);
  }
  t.after(() => command("ip", "netns", "delete", name));
  const run = (program: string, ...args: readonly string[]) => command("ip", "netns", "exec", name, program, ...args);
  run("ip", "link", "set", "lo", "up");
  return {
    name,
    run,
    async output(program, ...args) {
      const child = spawn("ip", ["netns", "exec", name, program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
      t.after(() => child.kill("SIGKILL"));
      let text = "";
      for await (const chunk of child.stdout.setEncoding("utf8")) text += chunk;
      return text;
    },
    start(module, ...args) {
      // `ip netns exec` replaces itself by the program: the process id is node's own.
      const child = spawn("ip", ["netns", "exec", name, process.execPath, module, ...args]);
      child.stderr.pipe(process.stderr);
      t.after(() => child.kill("SIGKILL"));
      return child;
    },
  };
}
