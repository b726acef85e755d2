// A live agent in a network namespace of its own.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { CLI, cleanEnvironment, type Ended, ended, temporaryFolder } from "../../support/cli/wirespan.ts";
import { type NetworkNamespace, networkNamespace } from "../../support/network-namespace.ts";
import { until } from "../../support/until.ts";

/** Addresses of the namespace: connections between loopback addresses are ignored. */
export const OURS = "10.99.0.1";
export const THEIRS = "10.99.0.2";

export interface Live {
  readonly namespace: NetworkNamespace;
  /** Resolves when standard error holds this. */
  printed(text: string): Promise<void>;
  /** What `--stats` holds; null before it is written for the first time. */
  stats(): Figures | null;
  /** What it has printed so far. */
  output(): string;
  stop(): Promise<Ended>;
}

interface Figures {
  readonly facts: { readonly connections: number; readonly lookups: number };
  readonly pairs: { readonly made: number; readonly sent: number };
}

/** An agent in a namespace of its own. */
export function liveAgent(t: TestContext, args: readonly string[], env: Record<string, string> = {}): Live {
  const namespace = networkNamespace(t);
  for (const address of [OURS, THEIRS]) namespace.run("ip", "address", "add", `${address}/32`, "dev", "lo");
  const stats = join(temporaryFolder(t), "stats.json");
  const command = [CLI, "agent", "--no-kubernetes", "--stats", stats, ...args];
  const agent = spawn("ip", ["netns", "exec", namespace.name, process.execPath, ...command], {
    env: cleanEnvironment(env),
  });
  t.after(() => agent.kill("SIGKILL"));
  const end = ended(agent);
  let stderr = "";
  let stdout = "";
  agent.stderr.on("data", (text) => {
    stderr += text;
  });
  agent.stdout.on("data", (text) => {
    stdout += text;
  });
  return {
    namespace,
    printed: (text) => until(`${text} is printed`, () => stderr.includes(text)),
    stats() {
      try {
        return JSON.parse(readFileSync(stats, "utf8"));
      } catch {
        return null;
      }
    },
    output: () => stdout,
    stop() {
      agent.kill("SIGTERM");
      return end;
    },
  };
}

/** Opens one connection to a closed port. */
export function dial({ namespace }: Live, port: number): void {
  const to = JSON.stringify({ port, host: THEIRS, localAddress: OURS });
  namespace.run(process.execPath, "-e", `require("node:net").connect(${to}).on("error", () => {})`);
}
