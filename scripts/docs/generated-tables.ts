// The tables of docs/ that are made from the program: options from the commands, metrics from the text of /metrics.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Command, Option } from "commander";
import { agentCommand } from "../../src/cli/agent-command.ts";
import { doctorCommand } from "../../src/cli/doctor-command.ts";
import { recordCommand } from "../../src/cli/record-command.ts";
import { replayCommand } from "../../src/cli/replay-command.ts";
import { ClusterWatches } from "../../src/kubernetes/client/cluster-watches.ts";
import { WATCHED_KINDS } from "../../src/kubernetes/objects/watched-kinds.ts";
import { AgentHealth } from "../../src/telemetry/agent-health.ts";
import { parseListenAddress } from "../../src/telemetry/listen-address.ts";
import type { AgentFigures } from "../../src/telemetry/metrics.ts";

/** Where each table goes: between `<!-- name: … -->` and `<!-- /name -->` of the page. */
export interface GeneratedTable {
  readonly page: string;
  readonly name: string;
  readonly rows: readonly (readonly string[])[];
}

export async function generatedTables(): Promise<readonly GeneratedTable[]> {
  return [
    { page: "docs/reference/cli.md", name: "options", rows: optionRows() },
    { page: "docs/reference/metrics.md", name: "metrics", rows: await metricRows() },
  ];
}

/** The page with the table's rows in place of those that it has. Throws where the page has no place for it. */
export function withTable(text: string, { name, page, rows }: GeneratedTable): string {
  const place = new RegExp(`(<!-- ${name}: [^\n]*-->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!place.test(text)) throw new Error(`${page} has no place for the table of ${name}`);
  const [head = [], ...body] = rows;
  const lines = [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.map(escaped).join(" | ")} |`);
  return text.replace(place, (_, begin: string, end: string) => `${begin}\n${lines.join("\n")}\n\n${end}`);
}

/** The lines of the table as they stand in the page. */
export function tableIn(text: string, { name }: GeneratedTable): readonly string[] {
  const [, table = ""] = new RegExp(`<!-- ${name}: [^\n]*-->([\\s\\S]*?)<!-- /${name} -->`).exec(text) ?? [];
  return table.trim().split("\n");
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|");
}

/** Each option once, with the commands that have it in these words. */
function optionRows(): string[][] {
  const commands = [replayCommand(), agentCommand(), recordCommand(), doctorCommand()];
  const rows = new Map<string, { readonly option: Option; readonly commands: string[] }>();
  for (const command of commands) {
    for (const option of visibleOptions(command)) {
      const key = `${option.flags} ${option.description}`;
      const row = rows.get(key) ?? { option, commands: [] };
      row.commands.push(command.name());
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
    ["`-h, --help`", "replay, agent, record, doctor", "show the help"],
    ["`-V, --version`", "wirespan", "show the version"],
  ];
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
async function servedMetrics(): Promise<string> {
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
  const access = { server: "https://localhost", origin: "nowhere", options: async () => ({}) };
  const watches = new ClusterWatches(
    access,
    WATCHED_KINDS,
    { trim: () => null, keyOf: () => "" },
    { watch() {}, object() {} },
  );
  return { ...stats, api: { ...watches.counters } };
}
