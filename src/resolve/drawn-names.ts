import { FairShares } from "../bounded/fair-shares.ts";
import { type ExternalNames, OTHER } from "../inventory/addresses/external-names.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { End, Interaction } from "../model/interaction.ts";
import { NAME_MEMORY_MICROS } from "../model/waiting-times.ts";

/** Names of one kind that are drawn at one time. */
export interface NameBounds {
  /** Outside the cluster, and found. */
  readonly external: number;
  /** Of Services that the cluster does not show, and found: without a cluster these are all. */
  readonly services: number;
  /** Of either, and not found. */
  readonly failed: number;
}

const BOUNDS: NameBounds = { external: 1_000, services: 4_000, failed: 500 };

const NOBODY: End = { type: "unresolved", address: "" };

/** A name that nobody has used for so long makes room for others. */
const MAX_AGE_MICROS = NAME_MEMORY_MICROS;
const SWEEP_MICROS = 60_000_000;

/**
 * Decides which of the names that only DNS vouches for are drawn by themselves: anybody can ask for as many as he likes.
 * The others are `~other`. The room is divided fairly between clients, and names that are not found have their own.
 */
export class DrawnNames {
  readonly #index: ClusterIndex;
  readonly #external: ExternalNames;
  readonly #found: NameTable;
  readonly #services: NameTable;
  readonly #failed: NameTable;
  /** Interactions that were drawn with `~other`. */
  overflow = 0;

  constructor(index: ClusterIndex, external: ExternalNames, bounds = BOUNDS) {
    this.#index = index;
    this.#external = external;
    this.#found = new NameTable(bounds.external);
    this.#services = new NameTable(bounds.services);
    this.#failed = new NameTable(bounds.failed);
  }

  /** The interaction as it is drawn: with its server, or with `~other` instead. */
  drawn(interaction: Interaction): Interaction {
    const { server, timeMicros, outcome } = interaction;
    const table = this.#tableOf(server);
    if (table === null) return interaction;
    const client = this.#sharerOf(interaction.client);
    const name = server.type === "service" ? `${server.namespace}/${server.name}` : nameOf(server);
    const isFound = outcome !== "host_not_found" && outcome !== "try_again";
    const isDrawn = isFound
      ? table.admits(name, client, timeMicros)
      : table.uses(name, timeMicros) || this.#failed.admits(`${server.type} ${name}`, client, timeMicros);
    if (isDrawn) return interaction;
    this.overflow++;
    return { ...interaction, server: OTHER };
  }

  /**
   * For whom the client's names count. Beside a cluster, addresses of nobody are one client, as they are one node of the
   * graph: a pod that forges them takes no more than its share.
   */
  #sharerOf(client: End): End {
    return client.type === "unresolved" && !this.#index.isEmpty ? NOBODY : client;
  }

  /** Null for what is drawn in any case: workloads, nodes, Services that the cluster shows, configured ranges. */
  #tableOf(server: End): NameTable | null {
    if (server.type === "external") return this.#external.isConfigured(server) ? null : this.#found;
    if (server.type !== "service") return null;
    return this.#index.services.named(server.namespace, server.name) === null ? this.#services : null;
  }
}

function nameOf(end: End): string {
  return end.type === "external" ? end.name : "";
}

interface DrawnName {
  readonly name: string;
  lastMicros: number;
}

/** Names within a bound; each counts for the client that used it first. */
class NameTable {
  readonly #names = new Map<string, DrawnName>();
  readonly #shares: FairShares<End, DrawnName>;
  #sweptMicros = Number.NEGATIVE_INFINITY;

  constructor(capacity: number) {
    this.#shares = new FairShares(capacity);
  }

  /** Whether the name is in the table; it is used now. */
  uses(name: string, micros: number): boolean {
    const known = this.#names.get(name);
    if (known === undefined) return false;
    if (micros > known.lastMicros) known.lastMicros = micros;
    return true;
  }

  /** Whether the name is in the table, or there is room for it. */
  admits(name: string, client: End, micros: number): boolean {
    if (this.uses(name, micros)) return true;
    if (this.#shares.isFull) this.#sweep(micros);
    const added = { name, lastMicros: micros };
    const left = this.#shares.add(client, added);
    if (left !== null) {
      if (left.item === added) return false;
      this.#names.delete(left.item.name);
    }
    this.#names.set(name, added);
    return true;
  }

  #sweep(micros: number): void {
    if (Math.abs(micros - this.#sweptMicros) < SWEEP_MICROS) return;
    this.#sweptMicros = micros;
    this.#shares.retain(({ name, lastMicros }) => {
      const isKept = Math.abs(micros - lastMicros) <= MAX_AGE_MICROS;
      if (!isKept) this.#names.delete(name);
      return isKept;
    });
  }
}
