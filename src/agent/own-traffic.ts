// EDGE: DNS
import { lookup } from "node:dns/promises";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import { canonicalAddress } from "../model/address.ts";
import type { Connection, Endpoint } from "../model/connection.ts";
import { type Interaction, OTLP_PORTS } from "../model/interaction.ts";
import { ownAddresses } from "./own-addresses.ts";

/** How the names are resolved, and how often. */
interface Renewal {
  readonly millis: number;
  /** Rejects when the name does not exist. */
  addressesOf(host: string): Promise<readonly string[]>;
}

const RENEWAL: Renewal = {
  millis: 60_000,
  addressesOf: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
};

/** The agent's own peers, as `host:port`; null: none. */
interface OwnTargets {
  readonly collector: string | null;
  readonly apiServer: string | null;
}

/** One of them, with the addresses that its name resolved to last. */
class Target {
  readonly host: string;
  readonly port: number;
  addresses: ReadonlySet<string> = new Set();

  constructor(target: string) {
    const colon = target.lastIndexOf(":");
    this.host = target
      .slice(0, colon)
      .replace(/^\[(.*)\]$/, "$1")
      .replace(/\.$/, "")
      .toLowerCase();
    this.port = Number(target.slice(colon + 1));
  }

  is({ address, port }: Endpoint): boolean {
    return port === this.port && this.addresses.has(address);
  }

  async renew({ addressesOf }: Renewal): Promise<void> {
    try {
      const found = await addressesOf(this.host);
      this.addresses = new Set(found.map(canonicalAddress).filter((address) => address !== null));
    } catch {
      // The exporter and the watches report the problem. The last known addresses stay.
    }
  }
}

/**
 * Recognizes traffic that exists only because of the agent: connections of this node to the agent's Collector and API
 * server, lookups of their names, and OTLP connections from that Collector to its own destinations. In the graph, every
 * node would depend on both. Other host processes of this node that connect to them are hidden too, because packets do
 * not show the process; pods are not.
 */
export class OwnTraffic {
  readonly #collector: Target | null;
  readonly #targets: readonly Target[];
  readonly #index: ClusterIndex;
  readonly #node: string | null;
  readonly #renewal: Renewal;
  readonly #timer: NodeJS.Timeout;
  #ownAddresses: ReadonlySet<string> = new Set();

  /** Resolves when the names are resolved for the first time. They are resolved again every minute. */
  static async start(
    targets: OwnTargets,
    index: ClusterIndex,
    node: string | null,
    renewal = RENEWAL,
  ): Promise<OwnTraffic> {
    const traffic = new OwnTraffic(targets, index, node, renewal);
    await traffic.#renew();
    return traffic;
  }

  private constructor(
    { collector, apiServer }: OwnTargets,
    index: ClusterIndex,
    node: string | null,
    renewal: Renewal,
  ) {
    this.#collector = collector === null ? null : new Target(collector);
    const watched = apiServer === null ? null : new Target(apiServer);
    this.#targets = [this.#collector, watched].filter((target) => target !== null);
    this.#index = index;
    this.#node = node;
    this.#renewal = renewal;
    this.#timer = setInterval(() => void this.#renew(), renewal.millis).unref();
  }

  hasConnection(connection: Connection): boolean {
    const { preNat, postNat } = connection;
    if (!this.#isOwn(preNat.source.address)) return this.#isSentOn(connection);
    return this.#targets.some((target) => target.is(preNat.destination) || this.#isBehind(target, postNat.destination));
  }

  /** A lookup of one of the names by this node, with any suffix of the search path. */
  hasLookup({ evidence, name, clientAddress }: Interaction): boolean {
    if (evidence !== "lookup" || name === null || clientAddress === null) return false;
    const isOwnName = this.#targets.some(({ host }) => name === host || name.startsWith(`${host}.`));
    return isOwnName && this.#isOwn(clientAddress.address);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #isOwn(address: string): boolean {
    if (this.#ownAddresses.has(address)) return true;
    const owner = this.#index.nodes.at(address, Number.MAX_VALUE);
    return this.#node !== null && owner?.type === "node" && owner.node === this.#node;
  }

  /** The address that a host process dials is translated before any interface: packets show only the endpoint. */
  #isBehind(target: Target, served: Endpoint): boolean {
    if (target.is(served)) return true;
    return this.#index.services
      .behind(served.address, served.port)
      .some(({ clusterAddresses, externalAddresses }) =>
        [...clusterAddresses, ...externalAddresses].some((address) => target.addresses.has(address)),
      );
  }

  /** A connection from a pod of the Collector to its OTLP destination, which each request of the agent causes. */
  #isSentOn({ preNat, postNat }: Connection): boolean {
    const ports = [preNat.destination.port, postNat.destination.port];
    if (this.#collector === null || !ports.some((port) => OTLP_PORTS.has(port))) return false;
    const { services } = this.#index;
    const { port, addresses } = this.#collector;
    if (addresses.has(preNat.source.address)) return true;
    return [...addresses].some((address) => {
      const service = services.atAddress(address, port, Number.MAX_VALUE);
      const pods = service === null ? [] : services.endpoints(service, Number.MAX_VALUE);
      return pods.some((pod) => pod.address === preNat.source.address);
    });
  }

  async #renew(): Promise<void> {
    this.#ownAddresses = new Set(ownAddresses());
    await Promise.all(this.#targets.map((target) => target.renew(this.#renewal)));
  }
}
