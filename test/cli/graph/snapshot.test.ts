// A graph that was saved is the graph that was replayed: every command on it writes the same bytes.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { ServiceGraph } from "../../../src/model/service-graph.ts";
import { GRAPH_FORMATS, type GraphFormat } from "../../../src/render/graph-formats.ts";
import { file, RECORDING, temporaryFolder, wirespan } from "../../support/cli/wirespan.ts";
import { sharedPath } from "../../support/paths.ts";
import { truthCounts } from "./support/truth-counts.ts";

const IN_EDGES: readonly string[] = ["table", "wide", "json"];

/** Options that replay the captures of all nodes of a recording. */
function recordingOptions(folder: string): string[] {
  const { nodesWithAgent } = JSON.parse(readFileSync(join(folder, "lab.json"), "utf8")) as LabFile;
  const captures = nodesWithAgent.flatMap((node) => ["--capture", `${node}=${captureOf(folder, node)}`]);
  return [...clusterOf(folder), ...captures, "--agents", nodesWithAgent.join(",")];
}

function clusterOf(folder: string): string[] {
  return ["--cluster", join(folder, "cluster.json"), "--events", join(folder, "events.jsonl")];
}

interface LabFile {
  readonly nodesWithAgent: readonly string[];
}

function captureOf(folder: string, node: string): string {
  const plain = join(folder, `${node}.pcap`);
  return existsSync(plain) ? plain : join(folder, `${node}.sll2.pcap.gz`);
}

async function succeeds(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await wirespan(args);
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** The recordings of the laboratory that are not part of the repository; none where they are absent. */
function sharedRecordings(t: TestContext): string[] {
  const root = sharedPath(t);
  if (root === null) return [];
  return ["lab-captures", "lab-captures-2"]
    .flatMap((name) => readdirSync(join(root, name)).map((folder) => join(root, name, folder)))
    .filter((folder) => existsSync(join(folder, "truth.jsonl")));
}

async function assertSameBytes(
  t: TestContext,
  captures: readonly string[],
  formats: readonly GraphFormat[] = GRAPH_FORMATS,
): Promise<void> {
  const saved = join(temporaryFolder(t), "graph.json");
  await succeeds("snapshot", ...captures, "-o", saved);
  for (const format of formats) {
    const command = IN_EDGES.includes(format) ? "edges" : "map";
    const replayed = await succeeds("replay", ...captures, "--format", format);
    assert.ok(replayed.length > 500, replayed);
    assert.equal(await succeeds(command, "--graph", saved, "--format", format), replayed, format);
    assert.equal(await succeeds(command, ...captures, "-o", format), replayed, format);
  }
}

/** The connections of each edge by outcome are those that the programs of the laboratory say they made. */
async function assertTruth(folder: string, captures: readonly string[]): Promise<void> {
  const graph = JSON.parse(await succeeds("edges", ...captures, "-o", "json")) as ServiceGraph;
  assert.deepEqual(...truthCounts(readFileSync(join(folder, "truth.jsonl"), "utf8"), graph));
}

describe("a snapshot of a recording", () => {
  test("G1: gives the bytes of its replay in every format", (t) => assertSameBytes(t, recordingOptions(RECORDING)));

  test("of one node, without a cluster, too", (t) =>
    assertSameBytes(t, [captureOf(RECORDING, "node-b")], ["wide", "json", "dot"]));

  test("has the connections that were made, by edge and outcome", () =>
    assertTruth(RECORDING, recordingOptions(RECORDING)));

  test("of each recording of the laboratory gives the bytes of its replay, and the connections that were made", async (t) => {
    for (const folder of sharedRecordings(t)) {
      await assertSameBytes(t, recordingOptions(folder), ["json"]);
      await assertTruth(folder, recordingOptions(folder));
      t.diagnostic(basename(folder));
    }
  });

  test("is written by edges too, and read from a pipe", async (t) => {
    const folder = temporaryFolder(t);
    const captures = recordingOptions(RECORDING);
    await succeeds("snapshot", ...captures, "-o", join(folder, "graph.json"));
    const saved = readFileSync(join(folder, "graph.json"), "utf8");
    assert.equal(await succeeds("snapshot", ...captures), saved);
    const listed = await succeeds("edges", ...captures, "-o", "json");
    assert.equal(listed, saved);
    const again = await wirespan(["edges", "--graph", "-", "-o", "json"], { input: listed });
    assert.equal(again.stdout, listed, again.stderr);
    const packed = file(folder, "graph.json.gz", gzipSync(saved));
    assert.equal(await succeeds("snapshot", "--graph", packed), saved);
  });

  test("of a part of the graph is the part of the snapshot", async (t) => {
    const saved = join(temporaryFolder(t), "graph.json");
    const captures = recordingOptions(RECORDING);
    await succeeds("snapshot", ...captures, "-o", saved);
    const conditions = ["-n", "data", "--since", "10s"];
    const part = await succeeds("snapshot", ...captures, ...conditions);
    assert.equal(await succeeds("snapshot", "--graph", saved, ...conditions), part);
    assert.ok(part.length < readFileSync(saved, "utf8").length);
  });

  test("that is incomplete stays so, with exit code 1 in every command", async (t) => {
    const folder = temporaryFolder(t);
    const cut = file(folder, "cut.pcap", readFileSync(captureOf(RECORDING, "node-a")).subarray(0, 90_000));
    const saved = join(folder, "graph.json");
    const snapshot = await wirespan(["snapshot", cut, "-o", saved]);
    assert.equal(snapshot.code, 1);
    for (const [command, format] of [
      ["edges", "table"],
      ["edges", "json"],
      ["map", "svg"],
    ] as const) {
      const replayed = await wirespan(["replay", cut, "--format", format]);
      const shown = await wirespan([command, "--graph", saved, "--format", format]);
      assert.deepEqual([shown.code, shown.stdout], [1, replayed.stdout]);
      assert.match(shown.stderr, /^wirespan: incomplete: .*cut\.pcap.*\n$/);
    }
  });
});

describe("merge", () => {
  test("G1: adds up the graphs of nodes to the graph of all nodes, in any order, however often each is given", async (t) => {
    const folder = temporaryFolder(t);
    const whole = await succeeds("snapshot", ...recordingOptions(RECORDING));
    const cluster = clusterOf(RECORDING);
    const nodes = ["node-a", "node-b", "node-c"];
    for (const node of nodes) {
      const about = ["--agents", nodes.join(","), "-o", join(folder, `${node}.json`)];
      await succeeds("snapshot", "--capture", `${node}=${captureOf(RECORDING, node)}`, ...cluster, ...about);
    }
    const [a = "", b = "", c = ""] = nodes.map((node) => join(folder, `${node}.json`));
    const merged = await succeeds("merge", a, b, c);
    assert.deepEqual(
      (JSON.parse(merged) as ServiceGraph).edges.map(counts),
      (JSON.parse(whole) as ServiceGraph).edges.map(counts),
    );
    assert.equal(await succeeds("merge", c, a, b, a), merged);
    assert.equal(await succeeds("snapshot", "--graph", b, "--graph", c, "--graph", a), merged);
    // Into a file that is merged itself, through a link.
    symlinkSync(a, join(folder, "link.json"));
    await succeeds("merge", a, b, c, "-o", join(folder, "link.json"));
    assert.equal(readFileSync(a, "utf8"), merged);
    await succeeds("merge", a, c, "-o", a);
    assert.equal(readFileSync(a, "utf8"), merged);
    const twice = await wirespan(["merge", "-", a], { input: readFileSync(b) });
    assert.equal(twice.stdout, merged);
  });

  const counts = ({ client, server, outcomes }: ServiceGraph["edges"][number]) => ({ client, server, outcomes });
});

describe("bad input", () => {
  const SENTENCES: readonly (readonly [string, (folder: string) => readonly string[], RegExp])[] = [
    [
      "a file that is absent",
      (folder) => [join(folder, "none.json")],
      /graph .*none\.json does not exist; check the path/,
    ],
    ["a directory", (folder) => [folder], /graph .* is a directory; pass a file in it/],
    ["a capture", () => [captureOf(RECORDING, "node-a")], /node-a\.pcap is a capture; /],
    ["a cluster file", () => [join(RECORDING, "cluster.json")], /cluster\.json is not a graph file, .*; /],
    ["an empty file", (folder) => [file(folder, "empty.json", "")], /empty\.json is empty; /],
    ["a truncated gzip file", (folder) => [cutGzip(folder)], /cut\.gz is a truncated gzip file; copy it again/],
    ["standard input twice", () => ["-", "-"], /standard input can be read only once/],
  ];
  for (const [name, paths, message] of SENTENCES) {
    test(`${name} is one sentence, and nothing is written`, async (t) => {
      const folder = temporaryFolder(t);
      const kept = file(folder, "kept.json", "kept");
      for (const args of [
        ["merge", ...paths(folder), "-o", kept],
        ["edges", ...paths(folder).flatMap((path) => ["--graph", path])],
      ]) {
        const { code, stdout, stderr } = await wirespan(args);
        assert.match(stderr, message);
        assert.match(stderr, /^wirespan: [^\n]+\n$/);
        assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
      }
      assert.equal(readFileSync(kept, "utf8"), "kept");
    });
  }

  function cutGzip(folder: string): string {
    const path = join(folder, "cut.gz");
    writeFileSync(path, gzipSync(CHECKSUM_LESS_GRAPH).subarray(0, 60));
    return path;
  }

  const CHECKSUM_LESS_GRAPH =
    '{"wirespan":"graph","version":1,"cluster":null,"incomplete":[],\n"observed":[],\n"nodes":[],\n"edges":[]}\n';

  for (const [args, message] of [
    [["snapshot", "-o", "map.html"], /unsupported format of -o map\.html; use \.json \(wirespan map writes html\)/],
    [["merge", "a.json", "-o", "/none/b.json"], /cannot write -o \/none\/b\.json \(its directory does not exist\); /],
    [["snapshot", "-o", "/none/b.json"], /cannot write -o \/none\/b\.json \(its directory does not exist\); /],
    [
      ["map", "--graph", "-", "-o", "json"],
      /unsupported format "json" of -o; use html, svg, dot, mermaid, or -o \.\/json for a file/,
    ],
  ] as const) {
    test(`${args.join(" ")} is rejected in one sentence`, async () => {
      const { code, stderr } = await wirespan(args);
      assert.match(stderr, message);
      assert.match(stderr, /^wirespan: [^\n]+\n$/);
      assert.equal(code, 2);
    });
  }

  test("neither a list nor a map overwrites the graph that it reads", async (t) => {
    const path = file(temporaryFolder(t), "graph.svg", "kept");
    for (const command of ["map", "edges"]) {
      const { code, stderr } = await wirespan([command, "--graph", path, "-o", path, "--format", formatOf(command)]);
      assert.match(stderr, /-o .* would overwrite the input/);
      assert.equal(code, 2);
    }
  });

  const formatOf = (command: string): string => (command === "map" ? "svg" : "table");
});

test("merge says for how long a node was not observed between two of its graphs", async (t) => {
  const folder = temporaryFolder(t);
  const [first, second] = [join(folder, "first.json"), join(folder, "second.json")];
  await succeeds("snapshot", captureOf(RECORDING, "node-b"), ...clusterOf(RECORDING), "--node", "node-b", "-o", first);
  const text = readFileSync(first, "utf8");
  const [run] = JSON.parse(text).observed;
  // A later run of the same node, without the checksum of the first.
  const later = text
    .replaceAll(run.instance, "node-b@later")
    .replace(`"from":${run.from},"to":${run.to}`, `"from":${run.to + 60.04},"to":${run.to + 90}`)
    .replace(/,\n"checksum":"[^"]*"/, "");
  writeFileSync(second, later);
  const { code, stderr } = await wirespan(["merge", first, second, "-o", join(folder, "merged.json")]);
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /^wirespan: node node-b was not observed for 60\.1 s from \S+Z; connections of that time are missing\n$/,
  );
});
