import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { readGraphFile } from "../../../src/graph/file/read-graph-file.ts";
import type { ServiceGraph } from "../../../src/model/service-graph.ts";
import { type Ended, ended, type RunOptions, start } from "../../support/cli/wirespan.ts";

/** A running `wirespan keep`. */
export interface Keeping {
  readonly child: ChildProcessWithoutNullStreams;
  stderr(): string;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ended>;
}

export function keeping(
  t: Pick<TestContext, "after">,
  socket: string,
  folder: string,
  options: readonly string[] = [],
  run: RunOptions = {},
): Keeping {
  const child = start(["keep", "--agent", `unix:${socket}`, "--folder", folder, "--every", "1s", ...options], run);
  t.after(() => child.kill("SIGKILL"));
  const end = ended(child);
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  return {
    child,
    stderr: () => stderr,
    end(signal) {
      child.kill(signal);
      return end;
    },
  };
}

/** The kept graph; null if there is none. Throws if it is damaged. */
export async function keptGraph(folder: string): Promise<ServiceGraph | null> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(folder, "graph.json"));
  } catch {
    return null;
  }
  return readGraphFile([bytes], "the kept graph");
}

/** Connections by edge: `client server`, names only. */
export function countsOf(graph: ServiceGraph | null): Map<string, number> {
  const name = (id: string): string => id.split("/").at(-1) ?? "";
  return new Map(
    (graph?.edges ?? []).map(({ client, server, outcomes }) => [
      `${name(client)} ${name(server)}`,
      outcomes.established,
    ]),
  );
}

export function totalOf(graph: ServiceGraph | null): number {
  return [...countsOf(graph).values()].reduce((sum, count) => sum + count, 0);
}
