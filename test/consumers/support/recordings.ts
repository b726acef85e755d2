import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import type { GraphEdge, GraphNode, HandshakeQuantiles } from "../../../src/model/service-graph.ts";
import { CLI, cleanEnvironment, RECORDING } from "../../support/cli/wirespan.ts";
import { sharedPath } from "../../support/paths.ts";
import type { ConsumerNamespace } from "./consumer-namespace.ts";

/** Folder of a recording of the laboratory, with its truth. */
export interface Recording {
  readonly name: string;
  readonly folder: string;
}

export const DEMO: Recording = { name: "the demo's recording", folder: RECORDING };

/** Recordings that are not part of the repository; none, with a loud line, where they are absent. */
export function sharedRecordings(t: TestContext): Recording[] {
  const root = sharedPath(t, "lab-captures");
  if (root === null) return [];
  const seeds = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return seeds.map(({ name }) => ({ name, folder: join(root, name) })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** An edge as `--format json` writes it. */
export interface WrittenEdge extends Pick<GraphEdge, "client" | "server" | "outcomes"> {
  readonly handshakeMs: HandshakeQuantiles | null;
}

export interface Replayed {
  readonly pairs: number;
  /** Connections and lookups that the pairs represent: more than the pairs if some are aggregated. */
  readonly interactions: number;
  /** How many of them are lookups. */
  readonly lookups: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly WrittenEdge[];
}

function connectionsOf({ established, refused, timed_out, unreachable }: WrittenEdge["outcomes"]): number {
  return established + refused + timed_out + unreachable;
}

/** Replays every node's capture as its agent would have seen it, and sends the pairs from inside the namespace. */
export async function replayInto(
  t: TestContext,
  inside: ConsumerNamespace,
  { folder }: Recording,
  endpoint: string,
  more: readonly string[] = [],
): Promise<Replayed> {
  const output = mkdtempSync(join(tmpdir(), "wirespan-replay-"));
  t.after(() => rmSync(output, { recursive: true, force: true }));
  const [graphFile, statsFile] = [join(output, "graph.json"), join(output, "stats.json")];
  const { nodesWithAgent } = JSON.parse(readFileSync(join(folder, "lab.json"), "utf8")) as {
    nodesWithAgent: readonly string[];
  };
  const args = [
    "replay",
    "--cluster",
    join(folder, "cluster.json"),
    "--events",
    join(folder, "events.jsonl"),
    "--agents",
    nodesWithAgent.join(","),
    ...nodesWithAgent.flatMap((node) => ["--capture", `${node}=${join(folder, `${node}.pcap`)}`]),
    "--otlp",
    "--format",
    "json",
    "-o",
    graphFile,
    "--stats",
    statsFile,
    ...more,
  ];
  const [program = "", ...prefix] = inside.prefix;
  await promisify(execFile)(program, [...prefix, process.execPath, CLI, ...args], {
    env: cleanEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: "wirespan-agent" }),
  });
  const { nodes, edges } = JSON.parse(readFileSync(graphFile, "utf8")) as Pick<Replayed, "nodes" | "edges">;
  const { pairs } = JSON.parse(readFileSync(statsFile, "utf8"));
  const connections = edges.reduce((sum, { outcomes }) => sum + connectionsOf(outcomes), 0);
  const interactions = pairs.made + pairs.aggregated;
  return { pairs: pairs.made, interactions, lookups: interactions - connections, nodes, edges };
}
