import { ConfigError } from "../model/errors.ts";

const MAX_LISTED = 10;

/** Names of the cluster's nodes; empty without a cluster, and then every name is accepted. */
export class NodeNames {
  readonly #names: ReadonlySet<string>;

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /**
   * Rejects a node that is not in the cluster or has no agent, because its reports would be wrong without a sign of it.
   * `origin`: the option or variable with the name. Throws ConfigError.
   */
  check(node: string, agents: ReadonlySet<string> | null, origin = "--node"): void {
    const given = `${origin} ${JSON.stringify(node)}`;
    if (this.#lacks(node)) throw new ConfigError(`${given} is not in the cluster; its nodes are ${this.#list()}`);
    if (agents !== null && !agents.has(node)) {
      throw new ConfigError(`${given} is not among --agents ${[...agents].join(",")}; add it there`);
    }
  }

  /** Rejects agents on nodes that are not in the cluster. Throws ConfigError. */
  checkAgents(agents: ReadonlySet<string> | null): void {
    for (const agent of agents ?? []) {
      if (!this.#lacks(agent)) continue;
      throw new ConfigError(`--agents ${JSON.stringify(agent)} is not in the cluster; its nodes are ${this.#list()}`);
    }
  }

  #lacks(node: string): boolean {
    return this.#names.size > 0 && !this.#names.has(node);
  }

  #list(): string {
    const sorted = [...this.#names].sort();
    const more = sorted.length - MAX_LISTED;
    return more <= 0 ? sorted.join(", ") : `${sorted.slice(0, MAX_LISTED).join(", ")} and ${more} more`;
  }
}
