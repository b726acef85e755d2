// EDGE: DNS, this machine's interfaces
import { lookup } from "node:dns/promises";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import { canonicalAddress } from "../model/address.ts";
import type { Connection, Endpoint } from "../model/connection.ts";
import { type Interaction, OTLP_PORTS } from "../model/interaction.ts";
import { ownAddresses } from "./agent.ts";

/** How the names are looked up, and how often; otherwise in tests. */
export interface Renewal {
  readonly millis: number;
  /** Rejects where the name is not known. */
  addressesOf(host: string): Promise<readonly string[]>;
}

const RENEWAL: Renewal = {
  millis: 60_000,
  addressesOf: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
};

/** What the agent itself connects to: `host:port` each, null for nothing. */
export interface OwnTargets {
  readonly collector: string | null;
  readonly apiServer: string | null;
}

/** One of them, with the addresses that its name had last. */
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
      // Who connects to it says that the name is not known; what was known before stays.
    }
  }
}

/**
 * Knows the traffic that is there because the agent is: what this node sends to the Collector that the agent sends to
 * and to the API server that it watches, the lookups of their names, and what that Collector sends on over OTLP. Drawn,
 * every node would depend on both, and the graph would show how it is made. Other host processes of this node that talk
 * to the two are hidden with it, since packets do not tell which process dialled; pods are not.
 */
export class OwnTraffic {
  readonly #collector: Target | null;
  readonly #targets: readonly Target[];
  readonly #index: ClusterIndex;
  readonly #node: string | null;
  readonly #renewal: Renewal;
  readonly #timer: NodeJS.Timeout;
  #ownAddresses: ReadonlySet<string> = new Set();

  /** Resolves when the addresses are known for the first time. They are renewed every minute. */
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

  /** A lookup of one of the names by this node, in any of its search forms. */
  hasLookup({ evidence, name, clientAddress }: Interaction): boolean {
    if (evidence !== "lookup" || name === null || clientAddress === null) return false;
    const isIts = this.#targets.some(({ host }) => name === host || name.startsWith(`${host}.`));
    return isIts && this.#isOwn(clientAddress.address);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #isOwn(address: string): boolean {
    if (this.#ownAddresses.has(address)) return true;
    const owner = this.#index.nodes.at(address, Number.MAX_VALUE);
    return this.#node !== null && owner?.type === "node" && owner.node === this.#node;
  }

  /** What a host process dialled is translated before any interface shows it: only the served address is seen. */
  #isBehind(target: Target, served: Endpoint): boolean {
    if (target.is(served)) return true;
    return this.#index.services
      .behind(served.address, served.port)
      .some(({ clusterAddresses, externalAddresses }) =>
        [...clusterAddresses, ...externalAddresses].some((address) => target.addresses.has(address)),
      );
  }

  /** From a pod of the Collector to wherever it sends spans: each of our requests would draw it. */
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
