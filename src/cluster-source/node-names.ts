import { ConfigError } from "../model/errors.ts";

const MAX_LISTED = 10;

/** Names of the cluster's nodes; none where nothing is known of the cluster. */
export class NodeNames {
  readonly #names: ReadonlySet<string>;

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /**
   * Refuses a node that the agents or the cluster do not have: its reports would be silently wrong.
   * `origin` says where the name comes from. Throws ConfigError.
   */
  check(node: string, agents: ReadonlySet<string> | null, origin = "--node"): void {
    const said = `${origin} ${JSON.stringify(node)}`;
    if (this.#lacks(node)) throw new ConfigError(`${said} is not in the cluster; its nodes are ${this.#list()}`);
    if (agents !== null && !agents.has(node)) {
      throw new ConfigError(`${said} is not among --agents ${[...agents].join(",")}; add it there`);
    }
  }

  /** Refuses agents on nodes that the cluster does not have. Throws ConfigError. */
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
