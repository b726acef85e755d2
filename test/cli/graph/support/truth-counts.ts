import type { TruthLine } from "../../../../scripts/accuracy/truth.ts";
import type { ServiceGraph } from "../../../../src/model/service-graph.ts";

type Counts = Readonly<Record<string, number>>;
type Fields = Pick<ServiceGraph, "nodes" | "edges">;

const OUTCOMES: Readonly<Partial<Record<TruthLine["outcome"], string>>> = {
  ok: "established",
  refused: "refused",
  timeout: "timed_out",
  unreachable: "unreachable",
};
const CONNECTIONS = Object.values(OUTCOMES);

/**
 * Connections by edge and outcome: those of the graph, and those of the truth. Without edges of connections that are
 * optional in the truth, since captures may show them or not.
 */
export function truthCounts(truth: string, graph: Fields): [actual: Counts, expected: Counts] {
  const lines = truth
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as TruthLine & { readonly count?: number });
  const expected = new Map<string, number>();
  const optional = new Set<string>();
  for (const line of lines) {
    if (line.kind !== "connection" || line.expect === null) continue;
    const key = `${inGraph(line.expect.client)} → ${inGraph(line.expect.server)} ${OUTCOMES[line.outcome]}`;
    if (line.optional === true || line.second_report_possible === true) optional.add(key);
    expected.set(key, (expected.get(key) ?? 0) + 1);
  }
  const actual = new Map<string, number>();
  const names = new Map(graph.nodes.map((node) => [node.id, truthName(node)]));
  for (const { client, server, outcomes } of graph.edges) {
    for (const outcome of CONNECTIONS) {
      const count = (outcomes as Counts)[outcome] ?? 0;
      if (count > 0) actual.set(`${names.get(client)} → ${names.get(server)} ${outcome}`, count);
    }
  }
  for (const key of optional) {
    expected.delete(key);
    actual.delete(key);
  }
  return [sorted(actual), sorted(expected)];
}

/** All nodes are one in a graph, and the API server is the Service by which it is dialed. */
function inGraph(name = ""): string {
  return name
    .replace(/^node:.*/, "node")
    .replace(/^external:~outside$/, "external")
    .replace(/^kube-system\/kube-apiserver$/, "service:default/kubernetes");
}

/** As the truth writes ends: `shop/cart`, `service:shop/cart`, `external:api.example.com`, `external`, `node`. */
function truthName({ type, namespace, name }: Fields["nodes"][number]): string {
  const full = namespace === null ? name : `${namespace}/${name}`;
  return type === "workload" || name === type ? full : `${type}:${full}`;
}

function sorted(counts: ReadonlyMap<string, number>): Counts {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
