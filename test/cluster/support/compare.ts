import type { CountedEdge } from "../../collector/support/counted-edges.ts";
import type { Attempt } from "../pods/traffic-program.ts";

/** One edge: `namespace/name` of both ends, requests as the pods and as the Collector counted them. */
export interface ComparedEdge {
  readonly client: string;
  readonly server: string;
  readonly scenarios: readonly string[];
  readonly truth: Counts;
  readonly graph: Counts;
}

interface Counts {
  readonly requests: number;
  readonly failed: number;
}

export interface Comparison {
  readonly edges: readonly ComparedEdge[];
  /** Share of the graph's requests that are true, and of the true ones that the graph has. */
  readonly precision: number;
  readonly recall: number;
}

const NONE: Counts = { requests: 0, failed: 0 };

/** Holds the Collector's graph against what pods wrote down. */
export function compare(attempts: readonly Attempt[], counted: readonly CountedEdge[]): Comparison {
  const graph = new Map(
    counted.map((edge) => [
      `${edge.clientNamespace}/${edge.client} ${edge.serverNamespace}/${edge.server}`,
      { requests: edge.requests, failed: edge.failed },
    ]),
  );
  const truth = new Map<string, { requests: number; failed: number; scenarios: Set<string> }>();
  const add = ({ client, scenario, outcome }: Attempt, server: string) => {
    const key = `${client} ${server}`;
    const edge = truth.get(key) ?? { requests: 0, failed: 0, scenarios: new Set() };
    truth.set(key, edge);
    edge.requests++;
    if (outcome !== "established") edge.failed++;
    edge.scenarios.add(scenario);
  };
  for (const attempt of attempts) if (attempt.servers.length === 1) add(attempt, attempt.servers[0] as string);
  for (const attempt of attempts) {
    const { client, servers, outcome } = attempt;
    if (servers.length === 1) continue;
    // The graph may have it at any of these servers, once: where it has more than is explained so far.
    const kind = outcome === "established" ? succeeded : failed;
    const hasMore = (server: string) => {
      const key = `${client} ${server}`;
      return kind(graph.get(key) ?? NONE) > kind(truth.get(key) ?? NONE);
    };
    add(attempt, servers.find(hasMore) ?? (servers[0] as string));
  }
  const edges = [...new Set([...truth.keys(), ...graph.keys()])].toSorted().map((key) => {
    const [client = "", server = ""] = key.split(" ");
    const { scenarios, requests, failed } = truth.get(key) ?? { ...NONE, scenarios: [] };
    return {
      client,
      server,
      scenarios: [...scenarios],
      truth: { requests, failed },
      graph: graph.get(key) ?? NONE,
    };
  });
  const total = (of: (edge: ComparedEdge) => number) => edges.reduce((sum, edge) => sum + of(edge), 0);
  const right = total((edge) => shared(edge.truth, edge.graph));
  return {
    edges,
    precision: right / total((edge) => edge.graph.requests),
    recall: right / total((edge) => edge.truth.requests),
  };
}

function succeeded(counts: Counts): number {
  return counts.requests - counts.failed;
}

function failed(counts: Counts): number {
  return counts.failed;
}

/** Requests that both have: failed ones with failed ones. */
function shared(a: Counts, b: Counts): number {
  return Math.min(failed(a), failed(b)) + Math.min(succeeded(a), succeeded(b));
}

export function isEqual({ truth, graph }: ComparedEdge): boolean {
  return truth.requests === graph.requests && truth.failed === graph.failed;
}

/** One line an edge, and the figures. */
export function table({ edges, precision, recall }: Comparison): string {
  const rows = edges.map((edge) => [
    isEqual(edge) ? "=" : "≠",
    edge.client,
    edge.server,
    counts(edge.truth),
    counts(edge.graph),
    edge.scenarios.join(", "),
  ]);
  const all = [["", "client", "server", "truth", "graph", "scenarios"], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const figures = `${edges.length} edges, precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}`;
  return [...lines, figures].join("\n");
}

function counts({ requests, failed }: Counts): string {
  return failed === 0 ? String(requests) : `${requests} (${failed} failed)`;
}
