import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CLI, CLUSTER, capture, cleanEnvironment, file, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";

const NODE = ["--node", "node-a"];

const MARKS = {
  table: /\nincomplete: .*is truncated; the result covers.*\n$/,
  json: /^\{"wirespan":"graph","version":1,"cluster":null,"incomplete":\["[^"]*is truncated/,
  jsonl: /\n\{"wirespan":"incomplete","reason":"[^"]*is truncated[^\n]*\n$/,
  dot: /^digraph [^\n]*\n {2}label="incomplete: [^"]*is truncated/,
  mermaid: /^---\ntitle: "incomplete: [^"]*is truncated[^"]*"\n---\nflowchart/,
  svg: /<text [^>]*>incomplete: [^<]*is truncated[^<]*<\/text>\n<\/svg>\n$/,
  html: /<p role="alert"[^>]*>incomplete: [^<]*is truncated[^<]*<\/p>\n<\/body>/,
} as const;

for (const [format, mark] of Object.entries(MARKS)) {
  test(`the result of a truncated capture is marked as incomplete in ${format}`, async (t) => {
    const cut = file(temporaryFolder(t), "cut.pcap", readFileSync(capture("node-a")).subarray(0, 90_000));
    const run = await wirespan(["replay", cut, ...CLUSTER, ...NODE, "--format", format]);
    assert.equal(run.code, 1);
    assert.match(run.stdout, mark);
    assert.match(run.stdout, /frontend/);
    assert.match(run.stderr, /\nwirespan: incomplete: .*is truncated; [^\n]* copy or capture the file again\n$/);
    if (format === "json") JSON.parse(run.stdout);
    const whole = await wirespan(["replay", capture("node-a"), ...CLUSTER, ...NODE, "--format", format]);
    assert.equal(whole.code, 0);
    // The script of the page has the word for graphs that it may get later.
    const shown = whole.stdout.replaceAll(/<script[\s\S]*?<\/script>/g, "");
    assert.doesNotMatch(shown, /incomplete: |"incomplete":(?!\[\])/);
  });
}

test("a broken capture of one node does not affect the results of another node", async (t) => {
  const cut = file(temporaryFolder(t), "cut.pcap", readFileSync(capture("node-a")).subarray(0, 30));
  const run = await wirespan([
    "replay",
    "--capture",
    `node-a=${cut}`,
    "--capture",
    `node-b=${capture("node-b")}`,
    ...CLUSTER,
  ]);
  assert.equal(run.code, 1);
  assert.match(run.stdout, /shop\/payments/);
  assert.match(run.stdout, /\nincomplete: .*cut\.pcap/);
});

test("a closed pipe ends the command silently", () => {
  for (const args of [
    `replay ${capture("node-c")} --format jsonl`,
    `replay ${capture("node-c")} --format html`,
    "--help",
  ]) {
    // `true` reads nothing, so the first write gets EPIPE; the exit code is that of the command.
    const command = `set -o pipefail; { sleep 0.1; ${process.execPath} ${CLI} ${args} 2>&3; } | true`;
    const { status, output } = spawnSync("bash", ["-c", command], {
      timeout: 60_000,
      env: cleanEnvironment(),
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      encoding: "utf8",
    });
    assert.equal(status, 0, args);
    assert.equal(output[3], "", args);
  }
});

const ESCAPE = String.fromCharCode(27);

test("a table is colored on a terminal, unless NO_COLOR or FORCE_COLOR is set", async () => {
  const args = ["replay", capture("node-a"), ...CLUSTER, ...NODE];
  const isColored = async (env: Record<string, string>) =>
    (await wirespan(args, { env })).stdout.includes(`${ESCAPE}[`);
  assert.equal(await isColored({}), false);
  assert.equal(await isColored({ FORCE_COLOR: "1" }), true);
  assert.equal(await isColored({ FORCE_COLOR: "0" }), false);
  assert.equal(onTerminal(args, 200, {}).includes(`${ESCAPE}[`), true);
  assert.equal(onTerminal(args, 200, { NO_COLOR: "1" }).includes(`${ESCAPE}[`), false);
  assert.equal(onTerminal(args, 200, { NO_COLOR: "" }).includes(`${ESCAPE}[`), true);
});

test("a table fits the terminal", () => {
  for (const columns of [80, 100, 132]) {
    const text = onTerminal(["replay", capture("node-a"), ...CLUSTER, ...NODE], columns, { NO_COLOR: "1" });
    const rows = text.split("\n").filter((line) => line.includes("shop/"));
    assert.ok(rows.length >= 8, text);
    for (const row of rows) assert.ok([...row].length <= columns, `${[...row].length} of ${columns}: ${row}`);
  }
});

test("a table of addresses fits 80 columns, and keeps the type of each end", () => {
  const text = onTerminal(["replay", capture("node-a")], 80, { NO_COLOR: "1" });
  const rows = text.split("\n").filter((line) => line.includes("("));
  assert.ok(rows.length >= 8, text);
  for (const row of rows) {
    assert.ok([...row].length <= 80, `${[...row].length}: ${row}`);
    assert.doesNotMatch(row.replaceAll(/\((unresolved|service|external|node)\)/g, ""), /[()]/);
  }
});

/** Output of the command on a terminal of this width. */
function onTerminal(args: readonly string[], columns: number, env: Record<string, string>): string {
  const command = `stty cols ${columns}; ${[process.execPath, CLI, ...args].map((word) => `'${word}'`).join(" ")} 2>/dev/null`;
  return execFileSync("script", ["-qec", command, "/dev/null"], {
    env: cleanEnvironment({ TERM: "xterm", ...env }),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  }).replaceAll("\r", "");
}

test("without arguments the help is shown, and the exit code is 2", async () => {
  const bare = await wirespan([]);
  assert.equal(bare.code, 2);
  assert.equal(bare.stdout, "");
  assert.match(bare.stderr, /^Usage: wirespan/);
  const asked = await wirespan(["--help"]);
  assert.equal(asked.code, 0);
  assert.equal(asked.stderr, "");
  assert.match(asked.stdout, /agent [\s\S]*names come from the Kubernetes API/);
  for (const command of ["replay", "agent"]) {
    const { code, stdout } = await wirespan([command, "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, /kubectl get .*-o json/s);
    assert.match(stdout, /Examples:/);
    assert.doesNotMatch(stdout, /default: (\[\]|false)/);
  }
});

test("a limit of span pairs leaves the results unchanged, and counts the pairs above it", async (t) => {
  const stats = join(temporaryFolder(t), "stats.json");
  const args = ["replay", capture("node-a"), ...CLUSTER, "--node", "node-a", "--format", "jsonl"];
  const all = await wirespan([...args, "--stats", stats]);
  const { pairs: uncapped } = JSON.parse(readFileSync(stats, "utf8"));
  const capped = await wirespan([...args, "--max-pairs-per-edge", "1", "--stats", stats]);
  const { pairs } = JSON.parse(readFileSync(stats, "utf8"));
  assert.equal(capped.stdout, all.stdout);
  assert.ok(pairs.rateLimited > 0 && uncapped.rateLimited === 0, JSON.stringify([pairs, uncapped]));
  assert.equal(pairs.made + pairs.rateLimited, uncapped.made);
});

test("aggregation leaves the results unchanged, with a limit or without", async (t) => {
  const stats = join(temporaryFolder(t), "stats.json");
  const args = ["replay", capture("node-a"), ...CLUSTER, "--node", "node-a", "--format", "jsonl", "--stats", stats];
  const counted = async (...more: string[]) => {
    const { stdout } = await wirespan([...args, ...more]);
    return { stdout, pairs: JSON.parse(readFileSync(stats, "utf8")).pairs };
  };
  const all = await counted();
  const aggregated = await counted("--aggregate-for", "tempo");
  const both = await counted("--aggregate-for", "tempo", "--max-pairs-per-edge", "1");
  assert.equal(aggregated.stdout, all.stdout);
  assert.ok(aggregated.pairs.made < all.pairs.made, JSON.stringify(aggregated.pairs));
  assert.equal(aggregated.pairs.made + aggregated.pairs.aggregated, all.pairs.made);
  assert.ok(both.pairs.made < aggregated.pairs.made && both.pairs.rateLimited > 0, JSON.stringify(both.pairs));
  assert.equal(both.pairs.made + both.pairs.aggregated + both.pairs.rateLimited, all.pairs.made);
});

test("aggregation warns at the start and in the help that other consumers undercount", async () => {
  const { stderr } = await wirespan(["replay", capture("node-a"), "--otlp", "--aggregate-for", "tempo"], {
    env: { OTEL_TRACES_EXPORTER: "none" },
  });
  const help = (await wirespan(["agent", "--help"])).stdout.replaceAll(/\s+/g, " ");
  for (const text of [stderr, help]) assert.match(text, /span_multiplier_key.*connector undercounts/);
  const other = await wirespan(["replay", capture("node-a"), "--aggregate-for", "collector"]);
  assert.equal(other.code, 2);
});

test("counters are one versioned document, and add up", async (t) => {
  const stats = join(temporaryFolder(t), "stats.json");
  const captures = ["node-a", "node-b", "node-c"].flatMap((node) => ["--capture", `${node}=${capture(node)}`]);
  const run = await wirespan(["replay", ...captures, ...CLUSTER, "--format", "jsonl", "--stats", stats]);
  assert.equal(run.code, 0);
  const written = JSON.parse(readFileSync(stats, "utf8"));
  assert.deepEqual([written.wirespan, written.version], ["stats", 1]);
  assert.equal(written.interactions, run.stdout.trimEnd().split("\n").length - 1);
  const { made, lookupsRedundant, bothInstrumented, aggregated, rateLimited } = written.pairs;
  assert.equal(made + lookupsRedundant + bothInstrumented + aggregated + rateLimited, written.interactions);
  assert.deepEqual(written.problems, []);
  assert.equal(written.recordings.length, 3);
  const packets = written.recordings.map((recording: { packets: number }) => recording.packets);
  assert.equal(
    written.packets,
    packets.reduce((a: number, b: number) => a + b),
  );
  for (const name of ["ignored", "factsIgnored", "tables", "evicted", "facts", "dnsMemo"]) {
    assert.ok(
      Object.values(written[name]).every((value) => Number.isSafeInteger(value)),
      name,
    );
  }
  assert.equal(existsSync(`${stats}.new`), false);
});

test("counters on standard output follow the table as one line", async () => {
  const { code, stdout } = await wirespan(["replay", capture("node-a"), "--stats", "-"]);
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "").wirespan, "stats");
});
