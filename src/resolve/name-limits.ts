import { FairShares } from "../bounded/fair-shares.ts";
import { type ExternalNames, OTHER } from "../inventory/addresses/external-names.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { End, Interaction } from "../model/interaction.ts";
import { NAME_MEMORY_MICROS } from "../model/waiting-times.ts";

/** Maximum of names of each kind that are nodes of the graph at one time. */
interface NameBounds {
  /** Outside the cluster, and resolved. */
  readonly external: number;
  /** Of Services that the cluster does not have, and resolved: without a cluster these are all Services. */
  readonly services: number;
  /** Of either, and not resolved. */
  readonly failed: number;
}

const BOUNDS: NameBounds = { external: 1_000, services: 4_000, failed: 500 };

const UNRESOLVED: End = { type: "unresolved", address: "" };

/** A name that is unused for so long is removed when others need its place. */
const MAX_AGE_MICROS = NAME_MEMORY_MICROS;
const SWEEP_MICROS = 60_000_000;

/**
 * Limits the nodes of the graph that exist only because of a DNS name, since a client can query any number of names.
 * Names beyond the limit become `~other`. Clients share each limit fairly; names that are not resolved have a limit of
 * their own.
 */
export class NameLimits {
  readonly #index: ClusterIndex;
  readonly #external: ExternalNames;
  readonly #resolved: NameTable;
  readonly #services: NameTable;
  readonly #failed: NameTable;
  /** Keys of Services, whose ends are shared by many interactions. */
  readonly #keys = new WeakMap<End, string>();
  /** Interactions that got `~other` as their server. */
  overflow = 0;

  constructor(index: ClusterIndex, external: ExternalNames, bounds = BOUNDS) {
    this.#index = index;
    this.#external = external;
    this.#resolved = new NameTable(bounds.external);
    this.#services = new NameTable(bounds.services);
    this.#failed = new NameTable(bounds.failed);
  }

  /** The interaction, with `~other` as its server if the name is beyond the limit. */
  apply(interaction: Interaction): Interaction {
    const { server, timeMicros, outcome } = interaction;
    const table = this.#tableOf(server);
    if (table === null) return interaction;
    const client = this.#accountOf(interaction.client);
    const name = this.#keyOf(server);
    const isResolved = outcome !== "host_not_found" && outcome !== "try_again";
    const isAdmitted = isResolved
      ? table.admits(name, client, timeMicros)
      : table.uses(name, timeMicros) || this.#failed.admits(`${server.type} ${name}`, client, timeMicros);
    if (isAdmitted) return interaction;
    this.overflow++;
    return { ...interaction, server: OTHER, flow: null };
  }

  /**
   * The client that the name is charged to. With a cluster, all addresses without an owner are one client, as they are
   * one node of the graph: a pod that spoofs them gets no more than one share.
   */
  #accountOf(client: End): End {
    return client.type === "unresolved" && !this.#index.isEmpty ? UNRESOLVED : client;
  }

  #keyOf(server: End): string {
    if (server.type !== "service") return server.type === "external" ? server.name : "";
    let key = this.#keys.get(server);
    if (key === undefined) {
      key = `${server.namespace}/${server.name}`;
      this.#keys.set(server, key);
    }
    return key;
  }

  /** Null for ends without a limit: workloads, nodes, Services of the cluster, configured ranges. */
  #tableOf(server: End): NameTable | null {
    if (server.type === "external") return this.#external.isConfigured(server) ? null : this.#resolved;
    if (server.type !== "service") return null;
    const isListed = !this.#index.isEmpty && this.#index.services.named(server.namespace, server.name) !== null;
    return isListed ? null : this.#services;
  }
}

interface LimitedName {
  readonly name: string;
  lastMicros: number;
}

/** Names up to a capacity; each uses the share of the client that used it first. */
class NameTable {
  readonly #names = new Map<string, LimitedName>();
  readonly #shares: FairShares<End, LimitedName>;
  #sweptMicros = Number.NEGATIVE_INFINITY;

  constructor(capacity: number) {
    this.#shares = new FairShares(capacity);
  }

  /** Whether the name is in the table. Updates the time of its last use. */
  uses(name: string, micros: number): boolean {
    const known = this.#names.get(name);
    if (known === undefined) return false;
    if (micros > known.lastMicros) known.lastMicros = micros;
    return true;
  }

  /** Whether the name is in the table, or was added to it. */
  admits(name: string, client: End, micros: number): boolean {
    if (this.uses(name, micros)) return true;
    if (this.#shares.isFull) this.#sweep(micros);
    const added = { name, lastMicros: micros };
    const removed = this.#shares.add(client, added);
    if (removed !== null) {
      if (removed.item === added) return false;
      this.#names.delete(removed.item.name);
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
