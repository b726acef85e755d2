// What the program itself says of its options, variables and counters: the other side of every comparison.
import assert from "node:assert/strict";
import { readOtlpEnvironment } from "../../../../src/export/otlp/otlp-environment.ts";
import { CLUSTER, capture, wirespan } from "../../../support/cli/wirespan.ts";

const NODES = ["node-a", "node-b", "node-c"];
const DEMO = ["replay", ...CLUSTER, ...NODES.flatMap((node) => ["--capture", `${node}=${capture(node)}`])];

/** What a replay of the demo's recording prints. */
export async function demo(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await wirespan([...DEMO, ...args]);
  assert.equal(code, 0, stderr);
  return stdout;
}

export const COMMANDS = [
  "replay",
  "edges",
  "map",
  "snapshot",
  "merge",
  "diff",
  "explain",
  "blast-radius",
  "rollout",
  "intents",
  "policies",
  "keep",
  "agent",
  "sensor",
  "record",
  "doctor",
  "verify",
  "probe",
] as const;

/** The help of a command; of all of them without one. */
export async function helpOf(command: string): Promise<string> {
  return (await wirespan([...command.split(" "), "--help"].filter((word) => word !== ""))).stdout;
}

/** Options that a help lists, the short ones too. */
export function optionsIn(help: string): string[] {
  return [...help.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm)].flatMap(([, short, long = ""]) =>
    short === undefined ? [long] : [short, long],
  );
}

/** The `OTEL_…` variables that are read. */
export function variablesRead(): Set<string> {
  const read = new Set<string>();
  const spy = (env: Record<string, string>) =>
    new Proxy(env, {
      get: (target, name) => {
        read.add(String(name));
        return target[String(name)];
      },
    });
  for (const env of [{}, { OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" }]) {
    try {
      readOtlpEnvironment(spy(env));
    } catch {
      // What it read before it found fault counts as well.
    }
  }
  return read;
}

/** The counters of a replay, and those of an agent. */
export async function statistics(): Promise<{ readonly replay: object; readonly agent: object }> {
  const stats = ["--stats", "-", "-o", "/dev/null"];
  const agent = await wirespan(["agent", "--file", capture("node-a"), ...CLUSTER, "--format", "json", ...stats]);
  assert.equal(agent.code, 0, agent.stderr);
  return { replay: JSON.parse(await demo(...stats)) as object, agent: JSON.parse(agent.stdout) as object };
}
