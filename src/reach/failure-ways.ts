// reach: what a failure reaches in a graph. Shared by `wirespan blast-radius` and the page of the HTML map, which is bundled
// for browsers: nodes are what the graph identifies them by, an id or an index.

/** `callers`: a failure travels against the calls. `needs`: along them, to what a node depends on. */
export type Direction = "callers" | "needs";

interface Ends<N> {
  readonly client: N;
  readonly server: N;
}

/** An edge and the node at its far end. */
export interface Step<N, E> {
  readonly to: N;
  readonly edge: E;
}

/** A graph, and how its Services and workloads belong together beside its edges. */
interface FailureGraph<N, E> {
  readonly edges: Iterable<E>;
  /** Services at which edges end, each with a workload to which it may lead. */
  readonly behind: Iterable<readonly [service: N, workload: N]>;
  /** Services that clients dialed, each with an edge of such a client to a workload. */
  readonly dialled: Iterable<readonly [service: N, edge: E]>;
  /** Sorts the steps of a node; the order of the edges by default. */
  readonly compare?: (a: N, b: N) => number;
}

/** The ways on which a failure travels in one direction. */
export class FailureWays<N, E extends Ends<N>> {
  readonly #steps = new Map<N, Step<N, E>[]>();
  readonly #alike = new Map<N, N[]>();
  readonly #compare: ((a: N, b: N) => number) | undefined;

  /** A Service that is a target is dialed also by clients whose edges end at a workload. */
  constructor({ edges, behind, dialled, compare }: FailureGraph<N, E>, direction: Direction, targets: Iterable<N>) {
    this.#compare = compare;
    const isAgainst = direction === "callers";
    for (const edge of edges) {
      if (edge.client === edge.server) continue;
      if (isAgainst) push(this.#steps, edge.server, { to: edge.client, edge });
      else push(this.#steps, edge.client, { to: edge.server, edge });
    }
    for (const [service, workload] of behind) {
      if (isAgainst) push(this.#alike, workload, service);
      else push(this.#alike, service, workload);
    }
    const isTarget = new Set(targets);
    for (const [service, edge] of dialled) {
      if (!isTarget.has(service)) continue;
      if (isAgainst) push(this.#steps, service, { to: edge.client, edge });
      else push(this.#alike, service, edge.server);
    }
    if (compare !== undefined) for (const steps of this.#steps.values()) steps.sort((a, b) => compare(a.to, b.to));
  }

  steps(node: N): readonly Step<N, E>[] {
    return this.#steps.get(node) ?? [];
  }

  /** What fails with these nodes, or is needed like them, and is none of them. */
  alike(nodes: Iterable<N>): readonly N[] {
    if (this.#alike.size === 0) return [];
    const own = new Set(nodes);
    const others = new Set([...own].flatMap((node) => this.#alike.get(node) ?? []));
    return [...others].filter((node) => !own.has(node)).sort(this.#compare ?? (() => 0));
  }
}

function push<K, T>(lists: Map<K, T[]>, key: K, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
