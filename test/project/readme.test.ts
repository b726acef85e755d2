// The README's promises: what it shows is what the program writes today, and what it lists is all there is.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { judgeRecording, verdictLine } from "../../scripts/accuracy/accuracy.ts";
import { captureFilter } from "../../src/capture/capture-filter.ts";
import { readOtlpEnvironment } from "../../src/export/otlp/otlp-environment.ts";
import { toSpanPair } from "../../src/export/spans/span-pair.ts";
import { type End, type Interaction, OUTCOMES } from "../../src/model/interaction.ts";
import { failedLookup, interaction, refused, workload } from "../export/support/sample-interactions.ts";
import { CLUSTER, capture, type Ended, RECORDING, wirespan } from "../support/cli/wirespan.ts";
import { repositoryRoot } from "../support/paths.ts";
import {
  anchorOf,
  blocks,
  codes,
  codesInColumn,
  fieldsIn,
  keysOf,
  readme,
  section,
  sorted,
} from "./support/readme-text.ts";
import { readSource } from "./support/source-files.ts";

const NODES = ["node-a", "node-b", "node-c"];
const DEMO = ["replay", ...CLUSTER, ...NODES.flatMap((node) => ["--capture", `${node}=${capture(node)}`])];

async function demo(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await wirespan([...DEMO, ...args]);
  assert.equal(code, 0, stderr);
  return stdout;
}

const helps = new Map<string, Ended>();
before(async () => {
  for (const command of ["", "replay", "agent", "doctor", "record"]) {
    helps.set(command, await wirespan(command === "" ? ["--help"] : [command, "--help"]));
  }
});
after(() => helps.clear());

/** Options that a command's help lists, the short ones too. */
function optionsOf(command: string): string[] {
  const { stdout } = helps.get(command) as Ended;
  return [...stdout.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm)].flatMap(([, short, long]) =>
    short === undefined ? [long ?? ""] : [short, long ?? ""],
  );
}

/** Commands that a cell of the table names: `both` are replay and agent. */
function commandsOf(cell: string): string[] {
  return cell
    .replace("both", "replay, agent")
    .split(",")
    .map((name) => name.replaceAll(/[ `]/g, ""));
}

describe("README: configuration", () => {
  test("the table of options lists exactly those of --help, each with its command", () => {
    const table = section("## Configuration").split("\n### ")[0] ?? "";
    const rows = table.split("\n").filter((line) => /^\| `-/.test(line));
    const listed = {
      ...{ replay: [] as string[], agent: [] as string[] },
      ...{ doctor: [] as string[], record: [] as string[], wirespan: [] as string[] },
    };
    for (const row of rows) {
      const [, option = "", of = ""] = row.split("|");
      const names = codes(option).map((code) => code.split(" ")[0] ?? "");
      for (const command of commandsOf(of)) listed[command as keyof typeof listed].push(...names);
    }
    assert.deepEqual(sorted(listed.replay), sorted(optionsOf("replay")));
    assert.deepEqual(sorted(listed.agent), sorted(optionsOf("agent")));
    assert.deepEqual(sorted(listed.doctor), sorted(optionsOf("doctor")));
    assert.deepEqual(sorted(listed.record), sorted(optionsOf("record")));
    assert.deepEqual(sorted([...listed.wirespan, "-h", "--help"]), sorted(optionsOf("")));
  });

  test("every command line has only options that its command knows", () => {
    const lines = blocks(readme, "sh")
      .join("\n")
      .replaceAll("\\\n", " ")
      .split("\n")
      .filter((line) => /(^|\s)wirespan (replay|agent|record)( |$)/.test(line));
    assert.ok(lines.length >= 8, `only ${lines.length} command lines`);
    for (const line of lines) {
      const [, command = "", rest = ""] = /wirespan (replay|agent|record) ([^#|]*)/.exec(line) ?? [];
      const known = optionsOf(command);
      for (const [option] of rest.matchAll(/(?<=^|\s)--?[a-z][\w-]*/g)) assert.ok(known.includes(option), line);
    }
  });

  test("the formats are those of --format", () => {
    const { stdout } = helps.get("replay") as Ended;
    const choices = /--format <format>[\s\S]*?choices: ([^)]*)\)/.exec(stdout)?.[1] ?? "";
    const formats = [...choices.matchAll(/"(\w+)"/g)].map((match) => match[1] ?? "");
    assert.ok(formats.length > 5, stdout);
    const asked = codesInColumn(section("## What you can ask"), 1).flatMap(
      (code) => code.match(/--format (\w+)/)?.[1] ?? [],
    );
    assert.deepEqual(sorted(asked), sorted(formats));
  });

  test("every OTEL_ variable that is read is listed, and no other", () => {
    const read = new Set<string>();
    const readFrom = (env: Record<string, string>, name: string) => {
      read.add(name);
      return env[name];
    };
    const seen = (env: Record<string, string>) => {
      const spy = new Proxy(env, { get: (target, name) => readFrom(target, String(name)) });
      try {
        readOtlpEnvironment(spy);
      } catch {
        // What it read before it found fault counts as well.
      }
    };
    for (const env of [{}, { OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" }]) seen(env);
    const listed = codesInColumn(section("### Environment"), 0);
    const traces = listed
      .filter((name) => name.startsWith("OTEL_EXPORTER_OTLP_"))
      .map((name) => name.replace("OTLP_", "OTLP_TRACES_"));
    assert.deepEqual(sorted([...listed, ...traces]), sorted(read));
  });

  test("the counters are those that --stats writes", async () => {
    const stats = ["--stats", "-", "-o", "/dev/null"];
    const replayed = JSON.parse(await demo(...stats)) as object;
    const agent = await wirespan(["agent", "--file", capture("node-a"), "--format", "json", ...stats]);
    assert.equal(agent.code, 0, agent.stderr);
    const live = JSON.parse(agent.stdout) as object;
    const text = section("### Counters");
    const named = new Set(codes(text));
    const missing = [...keysOf(replayed), ...keysOf(live)].filter((key) => !named.has(key));
    assert.deepEqual(sorted(missing), ["version", "wirespan"]);
    const top = new Set([...Object.keys(replayed), ...Object.keys(live)]);
    assert.deepEqual(
      codesInColumn(text, 0).filter((name) => !top.has(name)),
      [],
    );
  });

  test("the capture filter is the agent's", () => {
    assert.ok(readme.includes(`'${captureFilter({ dnsPorts: [53] })}'`), captureFilter({ dnsPorts: [53] }));
  });
});

const KINDS = [
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "CronJob",
  "Job",
  "ReplicaSet",
  "ReplicationController",
  "Pod",
];
const ENDS: readonly End[] = [
  ...KINDS.map((kind) => workload("x", "shop", kind)),
  { type: "service", namespace: "shop", name: "gone" },
  { type: "node", name: "worker-1" },
  { type: "external", name: "api.example.com" },
  { type: "unresolved", address: "10.0.0.1" },
];
const SAMPLES: readonly Interaction[] = [
  ...ENDS.flatMap((end) => [interaction({ client: end }), interaction({ server: end })]),
  interaction({ canonicalName: "edge.example.net", retries: 2 }),
  refused(),
  failedLookup(),
];

describe("README: what is sent", () => {
  const pairs = [true, false].flatMap((keepNodes) =>
    SAMPLES.map((sample) => toSpanPair(sample, { keepNodes, traceIdFor: () => "1", spanId: () => "2", count: 2 })),
  );

  test("the table of span attributes lists exactly those that pairs carry, and on which half", () => {
    const text = section("### Span attributes");
    const halves = pairs.flatMap(({ client, server }) => [client, server]);
    const carried = halves.flatMap(({ attributes }) => Object.keys(attributes));
    assert.deepEqual(sorted(codesInColumn(text, 0)), sorted(carried));
    const onServer = new Set(pairs.flatMap(({ server }) => Object.keys(server.attributes)));
    const clientOnly = text.split("\n").filter((line) => /^\| `[^|]*\| CLIENT \|/.test(line));
    assert.deepEqual(
      sorted(clientOnly.flatMap((line) => codes(line).slice(0, 1))),
      sorted(carried.filter((name) => !onServer.has(name))),
    );
  });

  test("the table of resource attributes lists exactly those that resources carry", () => {
    const carried = pairs.flatMap(({ client, server }) => [client, server]).map(({ resource }) => resource.attributes);
    assert.deepEqual(
      sorted(codesInColumn(section("### Resource attributes"), 0)),
      sorted(carried.flatMap((attributes) => Object.keys(attributes))),
    );
  });

  test("span names and outcomes are all there", () => {
    const sent = section("## What is sent");
    for (const { name } of pairs) assert.ok(sent.includes(`\`${name}\``), name);
    assert.deepEqual(codesInColumn(section("### Outcomes"), 0), [...OUTCOMES]);
  });
});

describe("README: stable formats", () => {
  test("the lines are lines that the demo writes now, and the tables name their fields in order", async () => {
    const written = (await demo("--format", "jsonl")).trimEnd().split("\n");
    const text = section("### Interactions (jsonl)");
    const [shown = ""] = blocks(text, "jsonl");
    const [header, ...lines] = shown.trimEnd().split("\n");
    assert.equal(header, written[0]);
    assert.ok(lines.length >= 2);
    for (const line of lines) assert.ok(written.includes(line), `not what the demo writes: ${line}`);

    const fields = fieldsIn(text, "| field |");
    const ends = new Map<string, string[]>();
    for (const line of written.slice(1)) {
      const parsed = JSON.parse(line) as Record<string, unknown> & { client: End; server: End };
      assert.deepEqual(Object.keys(parsed), fields, line);
      for (const end of [parsed.client, parsed.server]) ends.set(end.type, Object.keys(end).slice(1));
    }
    const rows = text.split("\n").filter((line) => /^\| `\w+` \|/.test(line));
    for (const [type, names] of ends) {
      const row = rows.find((line) => line.startsWith(`| \`${type}\` |`));
      assert.deepEqual(codes(row?.split("|")[2] ?? ""), names, type);
    }
  });

  test("the graph is part of what the demo writes now, and the tables name its fields in order", async () => {
    interface Graph {
      readonly version: number;
      readonly nodes: readonly { readonly id: string }[];
      readonly edges: readonly { readonly client: string; readonly server: string }[];
    }
    const written = JSON.parse(await demo("--format", "json")) as Graph;
    const text = section("### The graph (json)");
    const shown = JSON.parse(blocks(text, "json")[0] ?? "") as Graph;
    assert.deepEqual(Object.keys(shown), Object.keys(written));
    assert.equal(shown.version, written.version);
    for (const node of shown.nodes)
      assert.deepEqual(
        node,
        written.nodes.find(({ id }) => id === node.id),
      );
    for (const edge of shown.edges)
      assert.deepEqual(
        edge,
        written.edges.find(({ client, server }) => client === edge.client && server === edge.server),
      );
    for (const node of written.nodes) assert.deepEqual(Object.keys(node), fieldsIn(text, "| field of a node |"));
    for (const edge of written.edges)
      assert.deepEqual(Object.keys(edge), fieldsIn(`${text}\n\n`, "| field of an edge |"));
  });
});

describe("README: what it shows", () => {
  test("the picture is what replay draws now", async () => {
    const drawn = await demo("--format", "svg");
    const picture = readFileSync(join(RECORDING, "map.svg"), "utf8");
    assert.ok(
      drawn === picture,
      "test/lab/recording/map.svg is not what replay writes now; look at the map.svg of `npm run demo`, and put it there",
    );
  });

  test("the rows of the table are rows of the demo's", async () => {
    const rows = (await demo("--format", "table")).split("\n").map((row) => row.trimEnd());
    const [shown = ""] = blocks(section("## What you can ask"), "");
    for (const row of shown.trimEnd().split("\n"))
      assert.ok(rows.includes(row), `not a row of the demo's table: ${row}`);
  });

  test("the accuracy is what the recording gives now", async () => {
    const line = verdictLine("recording", await judgeRecording(RECORDING)).trim();
    assert.ok(section("## Accuracy").includes(line), `README: Accuracy does not show ${line}`);
  });

  test("every npm command that is named exists", () => {
    const { scripts } = JSON.parse(readSource("package.json").text) as { scripts: Record<string, string> };
    const named = [...`${readme}${readSource("CONTRIBUTING.md").text}`.matchAll(/npm run ([\w:-]+)/g)].map(
      (match) => match[1] ?? "",
    );
    assert.deepEqual(sorted(named.filter((name) => scripts[name] === undefined)), []);
  });

  for (const path of [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "test/lab/README.md",
    "collector-config/README.md",
    "collector-config/existing-collector.md",
  ]) {
    test(`links of ${path} lead somewhere`, () => {
      const { text } = readSource(path);
      const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
      const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => anchorOf(title));
      const broken = targets.filter((target) => {
        if (/^https?:/.test(target)) return false;
        if (target.startsWith("#")) return !anchors.includes(target.slice(1));
        return !existsSync(join(repositoryRoot, dirname(path), target));
      });
      assert.deepEqual(broken, []);
    });
  }
});
