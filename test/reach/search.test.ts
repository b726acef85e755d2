import assert from "node:assert/strict";
import { test } from "node:test";
import { type Direction, FailureWays } from "../../src/reach/failure-ways.ts";
import { search } from "../../src/reach/search.ts";

interface Edge {
  readonly client: string;
  readonly server: string;
  readonly established: number;
}

/** `a>b`: a connected to b; `a!b`: it only failed. */
const edges = (text: string): Edge[] =>
  text.split(" ").map((one) => {
    const [client = "", server = ""] = one.split(/[>!]/);
    return { client, server, established: one.includes(">") ? 1 : 0 };
  });

/** Names that begin with s are Services, with x external, others workloads. */
const type = (node: string): string => ({ s: "service", x: "external" })[node.slice(0, 1)] ?? "workload";

interface Case {
  readonly title: string;
  readonly graph: string;
  readonly target: string;
  readonly behind?: readonly (readonly [string, string])[];
  /** The edge of a Service that is dialed, as in `graph`. */
  readonly dialled?: readonly (readonly [string, string])[];
  readonly direction?: Direction;
  readonly maxDepth?: number;
  /** Nodes of each distance. */
  readonly levels: readonly string[];
}

const CASES: readonly Case[] = [
  { title: "callers, and their callers", graph: "a>b b>c d>c", target: "c", levels: ["b d", "a"] },
  { title: "what is needed", graph: "a>b b>c d>c", target: "a", direction: "needs", levels: ["b", "c"] },
  { title: "not beyond the maximum depth", graph: "a>b b>c", target: "c", maxDepth: 1, levels: ["b"] },
  { title: "not along an edge that only fails", graph: "a>b b!c", target: "c", levels: [] },
  { title: "not through an external node", graph: "a>x1 x1>c", target: "c", levels: ["x1"] },
  { title: "a loop once", graph: "a>b b>a", target: "a", levels: ["b"] },
  { title: "a Service that may lead to the target", graph: "a>s1", target: "w", behind: [["s1", "w"]], levels: ["a"] },
  {
    title: "the workloads behind a Service with it",
    graph: "a>s1 w>c",
    target: "a",
    direction: "needs",
    behind: [["s1", "w"]],
    levels: ["s1 w", "c"],
  },
  { title: "who dialed a Service", graph: "a>w b>w", target: "s1", dialled: [["s1", "a>w"]], levels: ["a"] },
];

for (const { title, graph, target, behind = [], dialled = [], direction = "callers", maxDepth, levels } of CASES) {
  test(`a search finds ${title}`, () => {
    const all = edges(graph);
    const named = dialled.flatMap(([service, name]) =>
      all.filter((edge) => `${edge.client}>${edge.server}` === name).map((edge) => [service, edge] as const),
    );
    const ways = new FailureWays<string, Edge>({ edges: all, behind, dialled: named }, direction, [target]);
    const found = search(ways, { established: (edge) => edge.established, type }, [target], maxDepth ?? null);
    const texts = [...found].map(({ reached, alike }) => [...reached.keys(), ...alike.keys()].join(" "));
    assert.deepEqual(
      texts.filter((text) => text !== ""),
      levels,
    );
  });
}
