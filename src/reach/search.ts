import type { FailureWays, Step } from "./failure-ways.ts";

/** What a search asks about edges and nodes. */
export interface ReachRules<N, E> {
  /** Connections over the edge. One without any only fails, which is no new failure, or is a lookup, which shows no dependency. */
  established(edge: E): number;
  type(node: N): string;
}

/** The nodes that a search reaches at one distance: so many edges from the nearest target. */
interface Level<N, E> {
  readonly distance: number;
  /** Each new node, with the steps on which it is reached; `to` of these is where they come from. */
  readonly reached: ReadonlyMap<N, readonly Step<N, E>[]>;
  /** New nodes that fail with one of those, or are needed like it, each with that one. */
  readonly alike: ReadonlyMap<N, N>;
}

/** Breadth-first search from the targets and what is like them. `maxDepth` null: no limit. */
export function* search<N, E extends { readonly client: N; readonly server: N }>(
  ways: FailureWays<N, E>,
  rules: ReachRules<N, E>,
  targets: readonly N[],
  maxDepth: number | null,
): Generator<Level<N, E>, void> {
  let frontier: readonly N[] = [...targets, ...ways.alike(targets)];
  const found = new Set(frontier);
  for (let distance = 1; frontier.length > 0 && (maxDepth === null || distance <= maxDepth); distance++) {
    const reached = new Map<N, Step<N, E>[]>();
    for (const node of frontier) {
      for (const { to, edge } of ways.steps(node)) {
        if (found.has(to) || !carriesFailure(edge, rules)) continue;
        const known = reached.get(to);
        if (known === undefined) reached.set(to, [{ to: node, edge }]);
        else known.push({ to: node, edge });
      }
    }
    for (const node of reached.keys()) found.add(node);
    const passages = [...reached.keys()].filter((node) => isPassage(node, rules));
    const alike = new Map<N, N>();
    for (const node of passages) {
      for (const other of ways.alike([node])) {
        if (found.has(other)) continue;
        found.add(other);
        alike.set(other, node);
      }
    }
    yield { distance, reached, alike };
    frontier = [...passages, ...[...alike.keys()].filter((node) => isPassage(node, rules))];
  }
}

export function carriesFailure<N, E>(edge: E, rules: ReachRules<N, E>): boolean {
  return rules.established(edge) > 0;
}

/**
 * Whether paths lead through a node. All Kubernetes nodes may be one node of the graph, and which process connected is
 * unknown; an unresolved or external end is not one party.
 */
export function isPassage<N, E>(node: N, rules: ReachRules<N, E>): boolean {
  const type = rules.type(node);
  return type === "workload" || type === "service";
}
