import { graphFileChunks } from "../graph/file/graph-file.ts";
import { CollectedGraph, type CollectedGraphOptions } from "../output/collected-graph.ts";
import type { GraphSource } from "../telemetry/graph-endpoint.ts";

/** The graph of everything that an agent has reported since it started, as `/graph` serves it. */
export class AgentGraph extends CollectedGraph implements GraphSource {
  readonly #observed: NonNullable<CollectedGraphOptions["observed"]>;
  readonly #problems: () => readonly string[];

  /** `observed` is empty until packet time has begun; `problems`: what is missing so far, one sentence each. */
  constructor(
    options: CollectedGraphOptions & Required<Pick<CollectedGraphOptions, "observed">>,
    problems: () => readonly string[],
  ) {
    super(options);
    this.#observed = options.observed;
    this.#problems = problems;
  }

  chunks(): Iterable<string> | null {
    const [observation] = this.#observed();
    if (observation === undefined) return null;
    const problems = [...this.#problems(), ...this.missing()];
    // After a merge, the problems of several nodes are in one list.
    const of = observation.node === null ? "" : `node ${observation.node}: `;
    return graphFileChunks(this.stream(problems.map((problem) => `${of}${problem}`)));
  }
}
