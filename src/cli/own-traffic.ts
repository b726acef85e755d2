// EDGE: DNS, this machine's interfaces
import { lookup } from "node:dns/promises";
import { ownAddresses } from "../agent.ts";
import { canonicalAddress } from "../model/address.ts";
import type { Connection, Endpoint } from "../model/connection.ts";
import type { Interaction } from "../model/interaction.ts";
import type { ClusterIndex } from "../resolve/cluster-index.ts";

const RENEW_MILLIS = 60_000;

/**
 * Knows the agent's own traffic: what this node sends to the Collector that the agent sends to, and the lookups of its
 * name. Drawn, every node would depend on the Collector. Other host processes of this node that talk to it are hidden
 * with it, since packets do not tell which process dialled; pods are not.
 */
export class OwnTraffic {
  readonly #host: string;
  readonly #port: number;
  readonly #index: ClusterIndex;
  readonly #node: string | null;
  readonly #timer: NodeJS.Timeout;
  #ownAddresses: ReadonlySet<string> = new Set();
  #collectorAddresses: ReadonlySet<string> = new Set();

  /** `target` is `host:port`; resolves when its addresses are known for the first time. They are renewed every minute. */
  static async start(target: string, index: ClusterIndex, node: string | null): Promise<OwnTraffic> {
    const traffic = new OwnTraffic(target, index, node);
    await traffic.#renew();
    return traffic;
  }

  private constructor(target: string, index: ClusterIndex, node: string | null) {
    const colon = target.lastIndexOf(":");
    this.#host = target
      .slice(0, colon)
      .replace(/^\[(.*)\]$/, "$1")
      .replace(/\.$/, "")
      .toLowerCase();
    this.#port = Number(target.slice(colon + 1));
    this.#index = index;
    this.#node = node;
    this.#timer = setInterval(() => void this.#renew(), RENEW_MILLIS).unref();
  }

  /** A connection of this node to the Collector, by the address that was dialled or by one behind its Service. */
  hasConnection({ first, last }: Connection): boolean {
    return (
      this.#isOwn(first.source.address) && (this.#isCollector(first.destination) || this.#isBehind(last.destination))
    );
  }

  /** A lookup of the Collector's name by this node, in any of its search forms. */
  hasLookup({ evidence, name, clientAddress }: Interaction): boolean {
    if (evidence !== "lookup" || name === null || clientAddress === null) return false;
    return this.#isOwn(clientAddress.address) && (name === this.#host || name.startsWith(`${this.#host}.`));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #isOwn(address: string): boolean {
    if (this.#ownAddresses.has(address)) return true;
    const holder = this.#index.nodes.at(address, Number.MAX_VALUE);
    return this.#node !== null && holder?.type === "node" && holder.node === this.#node;
  }

  #isCollector({ address, port }: Endpoint): boolean {
    return port === this.#port && this.#collectorAddresses.has(address);
  }

  /** What a host process dialled is translated before any interface shows it: only the served address is seen. */
  #isBehind(served: Endpoint): boolean {
    if (this.#isCollector(served)) return true;
    return this.#index.services
      .behind(served.address, served.port)
      .some(({ clusterAddresses, externalAddresses }) =>
        [...clusterAddresses, ...externalAddresses].some((address) => this.#collectorAddresses.has(address)),
      );
  }

  async #renew(): Promise<void> {
    this.#ownAddresses = new Set(ownAddresses());
    try {
      const found = await lookup(this.#host, { all: true });
      this.#collectorAddresses = new Set(
        found.map(({ address }) => canonicalAddress(address)).filter((address) => address !== null),
      );
    } catch {
      // The exporter says that the name is not known; what was known before stays.
    }
  }
}
