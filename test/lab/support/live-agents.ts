// EDGE: child_process, fs
// `wirespan agent` on every node of a laboratory, as the command line starts it.

import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Interaction } from "../../../src/model/interaction.ts";
import { parseInteractionLine, parseInteractionsHeader } from "../../support/interaction-line-reader.ts";
import type { Lab } from "../lab.ts";
import { end, waitForLine } from "./commands.ts";

// Compiled, the tests stand beside the sources.
const CLI = fileURLToPath(new URL("../../../bin/cli.js", import.meta.url));

/** What a node's agent left behind. */
export interface AgentResult {
  readonly node: string;
  readonly exitCode: number | null;
  readonly interactions: readonly Interaction[];
  /** What `--stats` wrote. */
  readonly stats: unknown;
  readonly stderr: string;
}

export interface LiveAgents {
  /** Lets the agents run no further for so long; their sensors go on. */
  holdUp(millis: number): Promise<void>;
  /** Ends the agents by SIGTERM and reads what they wrote. */
  stop(): Promise<readonly AgentResult[]>;
}

/** Where agents know the cluster from: options of theirs, and variables. */
export interface Knowledge {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The laboratory's own files. */
function filesOf({ clusterFile, eventsFile }: Lab): Knowledge {
  return { args: ["--cluster", clusterFile, "--events", eventsFile], environment: {} };
}

/** `child`: the agent starts its sensor. `socket`: the sensor is a program of its own, as in the chart's two containers. */
export type SensorForm = "child" | "socket";

/** Starts an agent on every node; resolves when all of them capture. `lab.stop` ends those that were not stopped. */
export async function startAgents(
  lab: Lab,
  directory: string,
  knowledge = filesOf(lab),
  form: SensorForm = "child",
): Promise<LiveAgents> {
  const nodes = lab.cluster.nodes.map(({ name }) => name);
  const sensors = form === "socket" ? await Promise.all(nodes.map((node) => startSensor(lab, node, directory))) : [];
  const agents = nodes.map((node) => {
    const sensor = form === "socket" ? ["--sensor", socketOf(directory, node)] : [];
    return new RunningAgent(lab, node, nodes, directory, { ...knowledge, args: [...knowledge.args, ...sensor] });
  });
  await Promise.all(agents.map((agent) => agent.capturing));
  return {
    async holdUp(millis) {
      for (const agent of agents) agent.signal("SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, millis));
      for (const agent of agents) agent.signal("SIGCONT");
    },
    async stop() {
      const results = await Promise.all(agents.map((agent) => agent.stop()));
      await Promise.all(sensors.map((sensor) => end(sensor)));
      return results;
    },
  };
}

function socketOf(directory: string, node: string): string {
  return join(directory, `${node}.sock`);
}

async function startSensor(lab: Lab, node: string, directory: string): Promise<ChildProcess> {
  const command = [process.execPath, CLI, "sensor", "--socket", socketOf(directory, node)];
  const child = lab.spawnOnNode(node, command, { stdio: ["ignore", "ignore", "pipe"] });
  await waitForLine(child, "stderr", "capturing on");
  return child;
}

class RunningAgent {
  readonly capturing: Promise<void>;
  readonly #node: string;
  readonly #child: ChildProcess;
  readonly #lines: string;
  readonly #stats: string;
  #stderr = "";

  constructor(lab: Lab, node: string, nodes: readonly string[], directory: string, knowledge: Knowledge) {
    this.#node = node;
    this.#lines = join(directory, `${node}.jsonl`);
    this.#stats = join(directory, `${node}.stats.json`);
    const names = ["--node", node, "--agents", nodes.join(","), ...knowledge.args];
    const results = ["--format", "jsonl", "-o", this.#lines, "--stats", this.#stats];
    const command = [process.execPath, CLI, "agent", ...names, ...results];
    this.#child = lab.spawnOnNode(node, command, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...knowledge.environment },
    });
    this.capturing = waitForLine(this.#child, "stderr", "capturing ");
    this.#child.stderr?.on("data", (text: string) => {
      this.#stderr += text;
    });
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<AgentResult> {
    await end(this.#child);
    const [header = "", ...lines] = readFileSync(this.#lines, "utf8").trimEnd().split("\n");
    if (parseInteractionsHeader(header) !== 1) throw new Error(`${this.#lines} does not begin with its version`);
    const interactions = lines.map((line) => {
      const interaction = parseInteractionLine(line);
      if (interaction === null) throw new Error(`not an interaction: ${line}`);
      return interaction;
    });
    const stats: unknown = JSON.parse(readFileSync(this.#stats, "utf8"));
    return { node: this.#node, exitCode: this.#child.exitCode, interactions, stats, stderr: this.#stderr };
  }
}
