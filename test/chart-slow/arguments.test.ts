// What the chart passes is what the program's commands take.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "commander";
import { agentCommand } from "../../src/cli/agent-command.ts";
import { probeCommand } from "../../src/cli/probe-command.ts";
import { sensorCommand } from "../../src/cli/sensor-command.ts";
import { verifyCommand } from "../../src/cli/verify-command.ts";
import { renderObjects } from "./helm.ts";
import { agentPod, only, type PodSpec, podTemplate } from "./pod-spec.ts";
import { VALUES_FILES } from "./values-files.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  agent: agentCommand(),
  sensor: sensorCommand(),
  probe: probeCommand(),
  verify: verifyCommand(),
};

/** Options that the command does not have; the command's name itself where there is no such command. */
function unknown([name = "", ...args]: readonly string[]): string[] {
  const command = COMMANDS[name];
  if (command === undefined) return [name];
  const known = new Set(command.options.map(({ long }) => long));
  return args.filter((argument) => argument.startsWith("-") && !known.has(argument.split("=")[0]));
}

/** Arguments of the program in all containers and their probes. */
function invocations({ containers }: PodSpec): string[][] {
  return containers.flatMap(({ args, startupProbe, livenessProbe, readinessProbe }) => {
    const commands = [startupProbe, livenessProbe, readinessProbe].flatMap((probe) => probe?.exec?.command ?? []);
    const starts = commands.flatMap((word, i) => (word === "wirespan" ? [i] : []));
    return [[...args], ...starts.map((start, i) => commands.slice(start + 1, starts[i + 1]))];
  });
}

test("every option of every container and probe is one that its command has", async () => {
  let seen = 0;
  for (const { name, path } of VALUES_FILES) {
    const objects = await renderObjects({ files: [path] });
    const jobs = objects.some(({ kind }) => kind === "Job") ? [podTemplate(only(objects, "Job")).spec] : [];
    for (const invocation of [agentPod(objects), ...jobs].flatMap(invocations)) {
      // A value of the tests alone.
      if (invocation[0] === "--version") continue;
      assert.deepEqual(unknown(invocation), [], `${name}: ${invocation.join(" ")}`);
      seen++;
    }
  }
  assert.ok(seen > 80, String(seen));
});

test("an option that a command does not have is found", () => {
  assert.deepEqual(unknown(["agent", "--listen=:1", "--lissen=:2"]), ["--lissen=:2"]);
  assert.deepEqual(unknown(["keep"]), ["keep"]);
});
