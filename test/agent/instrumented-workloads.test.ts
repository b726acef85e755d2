// Workloads that send their own spans, through the command line: the demo recording, with OTEL_ variables in pod specs.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { capture, RECORDING, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";

const NODES = ["node-a", "node-b", "node-c"];
const ENV = [{ name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://collector.observability:4317" }];

interface Edge {
  readonly client: string;
  readonly server: string;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly bothInstrumented: number;
}

interface Replayed {
  readonly edges: readonly Edge[];
  readonly pairs: Readonly<Record<string, number>>;
  readonly stderr: string;
}

/** A copy of a file of the recording, with OTEL_ variables in the specs of all pods of these namespaces. */
function instrumented(file: string, folder: string, namespaces: readonly string[]): string {
  const path = join(folder, file);
  const lines = readFileSync(join(RECORDING, file), "utf8");
  const change = (_key: string, value: unknown): unknown => {
    const pod = value as { kind?: string; metadata?: { namespace?: string }; spec?: { containers?: object[] } };
    if (pod?.kind !== "Pod" || !namespaces.includes(pod.metadata?.namespace ?? "")) return value;
    const containers = pod.spec?.containers?.map((container) => ({ ...container, env: ENV }));
    return { ...pod, spec: { ...pod.spec, containers } };
  };
  const isLines = file.endsWith(".jsonl");
  const texts = isLines ? lines.trimEnd().split("\n") : [lines];
  writeFileSync(path, texts.map((text) => JSON.stringify(JSON.parse(text, change))).join("\n"));
  return path;
}

async function replayed(t: TestContext, namespaces: readonly string[], ...more: string[]): Promise<Replayed> {
  const folder = temporaryFolder(t);
  const [graph, stats] = [join(folder, "graph.json"), join(folder, "stats.json")];
  const run = await wirespan([
    "replay",
    "--cluster",
    instrumented("cluster.json", folder, namespaces),
    "--events",
    instrumented("events.jsonl", folder, namespaces),
    ...NODES.flatMap((node) => ["--capture", `${node}=${capture(node)}`]),
    "-o",
    graph,
    "--stats",
    stats,
    ...more,
  ]);
  assert.equal(run.code, 0, run.stderr);
  const { pairs } = JSON.parse(readFileSync(stats, "utf8"));
  return { edges: JSON.parse(readFileSync(graph, "utf8")).edges, pairs, stderr: run.stderr };
}

const total = ({ outcomes }: Edge) => Object.values(outcomes).reduce((sum, count) => sum + count, 0);
const isWorkload = (id: string) => id.startsWith("workload/");

test("edges between instrumented workloads are in the graph, and no pair is made of them", async (t) => {
  const plain = await replayed(t, []);
  const changed = await replayed(t, ["shop", "data", "edge"]);
  assert.equal(plain.pairs.bothInstrumented, 0);
  // The parts by node have counts of their own, and all sums are compared.
  const sums = ({ edges }: Replayed) => edges.map((edge) => ({ ...edge, bothInstrumented: 0, parts: undefined }));
  assert.deepEqual(sums(changed), sums(plain));
  const left = changed.edges.filter(({ bothInstrumented }) => bothInstrumented > 0);
  assert.ok(left.length > 5, JSON.stringify(left));
  for (const edge of left) {
    assert.ok(isWorkload(edge.client) && isWorkload(edge.server), `${edge.client} -> ${edge.server}`);
    assert.equal(edge.bothInstrumented, total(edge));
  }
  const bothInstrumented = left.reduce((sum, edge) => sum + edge.bothInstrumented, 0);
  assert.equal(changed.pairs.bothInstrumented, bothInstrumented);
  assert.equal(
    (changed.pairs.made ?? 0) + (changed.pairs.lookupsRedundant ?? 0) + bothInstrumented,
    plain.edges.reduce((sum, edge) => sum + total(edge), 0),
  );
  assert.match(
    changed.stderr,
    new RegExp(`, no pair for ${bothInstrumented} interactions between workloads that send their own spans`),
  );
});

test("edges with one instrumented end keep all their pairs", async (t) => {
  const { edges } = await replayed(t, ["shop"]);
  const across = edges.filter(
    ({ client, server }) => client.startsWith("workload/shop/") && server.startsWith("workload/data/"),
  );
  assert.ok(across.length > 0);
  assert.deepEqual(
    across.filter(({ bothInstrumented }) => bothInstrumented > 0),
    [],
  );
});

test("--keep-instrumented makes pairs of all edges", async (t) => {
  const { pairs, edges } = await replayed(t, ["shop", "data", "edge"], "--keep-instrumented");
  assert.equal(pairs.bothInstrumented, 0);
  assert.ok(edges.every(({ bothInstrumented }) => bothInstrumented === 0));
});

test("the table and the map show the number of interactions between instrumented workloads", async (t) => {
  const folder = temporaryFolder(t);
  const cluster = [
    "--cluster",
    instrumented("cluster.json", folder, ["shop"]),
    "--events",
    instrumented("events.jsonl", folder, ["shop"]),
  ];
  const args = ["replay", capture("node-a"), "--node", "node-a", ...cluster];
  const table = await wirespan(args);
  assert.match(table.stdout, /shop\/frontend +shop\/catalog +(\d+) \(\1 own spans\)/);
  assert.match(table.stdout, /\d+ between instrumented workloads$/m);
  const map = await wirespan([...args, "--format", "html"]);
  assert.match(map.stdout, /no span pairs of \d+: both ends are instrumented/);
});
