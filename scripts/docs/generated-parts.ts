// What is made from the program in docs/: options from the commands, metrics from the text of /metrics, the folders of src
// from the list that the tests hold them to.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Command, Option } from "commander";
import { intentsCommand } from "../../src/cli/access/intents-command.ts";
import { policiesCommand } from "../../src/cli/access/policies-command.ts";
import { agentCommand } from "../../src/cli/agent-command.ts";
import { blastRadiusCommand } from "../../src/cli/answers/blast-radius-command.ts";
import { diffCommand } from "../../src/cli/answers/diff-command.ts";
import { explainCommand } from "../../src/cli/answers/explain-command.ts";
import { rolloutCommand } from "../../src/cli/answers/rollout-command.ts";
import { doctorCommand } from "../../src/cli/doctor-command.ts";
import { edgesCommand } from "../../src/cli/graph/edges-command.ts";
import { mapCommand } from "../../src/cli/graph/map-command.ts";
import { mergeCommand } from "../../src/cli/graph/merge-command.ts";
import { snapshotCommand } from "../../src/cli/graph/snapshot-command.ts";
import { keepCommand } from "../../src/cli/keep-command.ts";
import { probeCommand } from "../../src/cli/probe-command.ts";
import { recordCommand } from "../../src/cli/record-command.ts";
import { replayCommand } from "../../src/cli/replay-command.ts";
import { sensorCommand } from "../../src/cli/sensor-command.ts";
import { verifyCommand } from "../../src/cli/verify-command.ts";
import { ClusterWatches } from "../../src/kubernetes/client/cluster-watches.ts";
import { WATCHED_KINDS } from "../../src/kubernetes/objects/watched-kinds.ts";
import { AgentHealth } from "../../src/telemetry/agent-health.ts";
import { parseListenAddress } from "../../src/telemetry/listen-address.ts";
import type { AgentFigures } from "../../src/telemetry/metrics.ts";
import { ALLOWED_IMPORTS } from "../../test/project/support/layers.ts";

/** A table or picture. It goes between `<!-- name: … -->` and `<!-- /name -->` of the page. */
export interface GeneratedPart {
  readonly page: string;
  readonly name: string;
  readonly text: string;
}

export async function generatedParts(): Promise<readonly GeneratedPart[]> {
  return [
    { page: "docs/reference/cli.md", name: "options", text: table(optionRows()) },
    { page: "docs/reference/metrics.md", name: "metrics", text: table(await metricRows()) },
    { page: "docs/architecture.md", name: "folders", text: foldersPicture() },
  ];
}

/** The page with the part in its place. Throws where the page has no place for it. */
export function withPart(page: string, { name, page: path, text }: GeneratedPart): string {
  const place = new RegExp(`(<!-- ${name}: [^\n]*-->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!place.test(page)) throw new Error(`${path} has no place for ${name}`);
  return page.replace(place, (_, begin: string, end: string) => `${begin}\n${text}\n\n${end}`);
}

/** The lines of the part as they stand in the page. */
export function partIn(page: string, { name }: GeneratedPart): readonly string[] {
  const [, part = ""] = new RegExp(`<!-- ${name}: [^\n]*-->([\\s\\S]*?)<!-- /${name} -->`).exec(page) ?? [];
  return part.trim().split("\n");
}

function table([head = [], ...body]: string[][]): string {
  const lines = [head, head.map(() => "---"), ...body];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
}

/**
 * Which folder of `src` uses which, as Mermaid: an arrow where one uses another and reaches it by no longer way.
 * `bounded` is left out, like the base layer: nearly every folder uses it.
 */
function foldersPicture(): string {
  const uses = new Map<string, Set<string>>();
  for (const [path, used] of Object.entries(ALLOWED_IMPORTS)) {
    const folder = folderOf(path);
    const known = uses.get(folder) ?? new Set();
    for (const other of used.map(folderOf)) if (other !== folder && other !== "bounded") known.add(other);
    if (folder !== "bounded") uses.set(folder, known);
  }
  const reaches = (from: string, to: string): boolean =>
    [...(uses.get(from) ?? [])].some((next) => next === to || reaches(next, to));
  const arrows = [...uses].flatMap(([folder, used]) =>
    [...used]
      .filter((to) => ![...used].some((between) => between !== to && reaches(between, to)))
      .map((to) => `  ${folder} --> ${to}`),
  );
  return [
    "```mermaid",
    "flowchart TD",
    // `graph` is a keyword of Mermaid, also at the beginning of a name.
    ...arrows.map((arrow) => arrow.replaceAll(/\bgraph[\w-]*/g, (name) => `folder-${name}["${name}"]`)),
    "```",
  ].join("\n");
}

/** `decode/dns` is part of `decode`; `cli.ts` starts `cli`. */
function folderOf(path: string): string {
  return path.replace(/\/.*/, "").replace(/^cli\.ts$/, "cli");
}

/** Each option once, with the commands that have it in these words. */
function optionRows(): string[][] {
  const commands = [
    replayCommand(),
    edgesCommand(),
    mapCommand(),
    snapshotCommand(),
    mergeCommand(),
    diffCommand(),
    explainCommand(),
    blastRadiusCommand(),
    rolloutCommand(),
    intentsCommand(),
    policiesCommand(),
    keepCommand(),
    agentCommand(),
    sensorCommand(),
    recordCommand(),
    doctorCommand(),
    verifyCommand(),
    probeCommand(),
  ];
  const all = commands.flatMap((command) => [command, ...command.commands]);
  const rows = new Map<string, { readonly option: Option; readonly commands: string[] }>();
  for (const command of all) {
    for (const option of visibleOptions(command)) {
      const key = `${option.flags} ${meaning(option)}`;
      const row = rows.get(key) ?? { option, commands: [] };
      row.commands.push(pathOf(command));
      rows.set(key, row);
    }
  }
  const described = [...rows.values()].map(({ option, commands: of }) => [
    `\`${option.flags}\``,
    of.join(", "),
    meaning(option),
  ]);
  return [
    ["option", "command", "meaning"],
    ...described,
    ["`-h, --help`", all.map(pathOf).join(", "), "show help"],
    ["`-V, --version`", "wirespan", "show the version"],
  ];
}

/** `policies check` */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`;
}

function visibleOptions(command: Command): readonly Option[] {
  return command.options.filter(({ hidden }) => !hidden);
}

function meaning({ description, argChoices, defaultValue }: Option): string {
  const choices = argChoices?.map((choice) => `\`${choice}\``).join(", ");
  const standard = typeof defaultValue === "string" ? `; \`${defaultValue}\` by default` : "";
  return `${description}${choices === undefined ? "" : `: ${choices}`}${standard}`;
}

interface Described {
  type: string;
  help: string;
  readonly labels: Set<string>;
}

/** Each metric once, in the order in which an agent serves them. */
async function metricRows(): Promise<string[][]> {
  const metrics = new Map<string, Described>();
  const of = (name: string): Described => {
    const known = metrics.get(name) ?? { type: "", help: "", labels: new Set() };
    metrics.set(name, known);
    return known;
  };
  for (const line of (await servedMetrics()).split("\n")) {
    const [, what, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (what === "HELP") of(name).help = rest;
    if (what === "TYPE") of(name).type = rest;
    const [, sampled = "", labels = ""] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    for (const [, label = ""] of labels.matchAll(/(\w+)="/g)) of(sampled).labels.add(label);
  }
  const rows = [...metrics].map(([name, { type, help, labels }]) => [
    `\`${name}${labels.size === 0 ? "" : `{${[...labels].join(", ")}}`}\``,
    type,
    help,
  ]);
  return [["metric", "type", "meaning"], ...rows];
}

/** What an agent serves that follows the cluster's events from a log and from the API. */
export async function servedMetrics(): Promise<string> {
  const figures = agentFigures();
  const health = new AgentHealth({
    version: "",
    figures: () => figures,
    watches: () => [{ kind: "pods", isSynced: true, isForbidden: false, problem: null }],
  });
  const url = await health.listen(parseListenAddress("0"));
  try {
    return await (await fetch(`${url}/metrics`)).text();
  } finally {
    health.close();
  }
}

const CLI = fileURLToPath(new URL("../../bin/cli.js", import.meta.url));
const RECORDING = "test/lab/recording";

/** The counters of an agent that read a capture; those of the API from watches that were never started. */
function agentFigures(): AgentFigures {
  const cluster = ["--cluster", `${RECORDING}/cluster.json`, "--events", `${RECORDING}/events.jsonl`];
  const results = ["--format", "json", "-o", "/dev/null", "--stats", "-"];
  const args = ["agent", "--file", `${RECORDING}/node-a.pcap`, "--node", "node-a", ...cluster, ...results];
  const cwd = fileURLToPath(new URL("../../../", import.meta.url));
  const stats = JSON.parse(execFileSync(process.execPath, [CLI, ...args], { cwd, encoding: "utf8", stdio: "pipe" }));
  const access = { server: "https://localhost", origin: "nowhere", namespace: null, options: async () => ({}) };
  const watches = new ClusterWatches(
    access,
    WATCHED_KINDS,
    { transform: () => null, keyOf: () => "" },
    { watch() {}, object() {} },
  );
  return { ...stats, api: { ...watches.counters } };
}
