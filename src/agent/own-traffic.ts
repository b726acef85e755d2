// EDGE: DNS
import { lookup } from "node:dns/promises";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { Services } from "../inventory/services.ts";
import type { ServiceRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import { canonicalAddress } from "../model/address.ts";
import type { Connection, Endpoint } from "../model/connection.ts";
import { type Interaction, OTLP_PORTS } from "../model/interaction.ts";
import { ownAddresses } from "./own-addresses.ts";

/** How the names of the targets are resolved, and how often. */
interface NameResolution {
  readonly millis: number;
  /** Rejects when the name does not exist. */
  addressesOf(host: string): Promise<readonly string[]>;
}

const NAME_RESOLUTION: NameResolution = {
  millis: 60_000,
  addressesOf: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
};

/** A name that was not resolved is resolved again after this time, then after twice as long, up to the usual time. */
const RETRY_MILLIS = 1_000;

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
  /** Of the Service, if the name is `service.namespace` or `service.namespace.svc…`. */
  readonly #labels: readonly string[];

  constructor(target: string) {
    const colon = target.lastIndexOf(":");
    this.host = target
      .slice(0, colon)
      .replace(/^\[(.*)\]$/, "$1")
      .replace(/\.$/, "")
      .toLowerCase();
    this.port = Number(target.slice(colon + 1));
    this.#labels = this.host.split(".");
  }

  /** The Service with this name. While DNS does not have it yet, the exporter may already be faster than `resolve`. */
  serviceIn(services: Services): ServiceRecord | null {
    const [name = "", namespace = "", kind = "svc"] = this.#labels;
    return kind === "svc" ? services.named(namespace, name) : null;
  }

  /** Resolves the name; false if that failed. */
  async resolve({ addressesOf }: NameResolution): Promise<boolean> {
    try {
      const found = await addressesOf(this.host);
      this.addresses = new Set(found.map(canonicalAddress).filter((address) => address !== null));
      return true;
    } catch {
      // The exporter and the watches report the problem. The last known addresses stay.
      return false;
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
  readonly #resolution: NameResolution;
  #timer: NodeJS.Timeout | null = null;
  #retryMillis = RETRY_MILLIS;
  #isStopped = false;
  #ownAddresses: ReadonlySet<string> = new Set();
  /** Grows when the addresses of the node or of a target may have changed. */
  version = 0;

  /** Resolves when the names are resolved for the first time. They are resolved again every minute. */
  static async start(
    targets: OwnTargets,
    index: ClusterIndex,
    node: string | null,
    resolution = NAME_RESOLUTION,
  ): Promise<OwnTraffic> {
    const traffic = new OwnTraffic(targets, index, node, resolution);
    await traffic.#refresh();
    return traffic;
  }

  private constructor(
    { collector, apiServer }: OwnTargets,
    index: ClusterIndex,
    node: string | null,
    resolution: NameResolution,
  ) {
    this.#collector = collector === null ? null : new Target(collector);
    const watched = apiServer === null ? null : new Target(apiServer);
    this.#targets = [this.#collector, watched].filter((target) => target !== null);
    this.#index = index;
    this.#node = node;
    this.#resolution = resolution;
  }

  hasConnection(connection: Connection): boolean {
    const { preNat, postNat } = connection;
    if (!this.#isOwn(preNat.source.address)) return this.#isSentOn(connection);
    return this.#targets.some(
      (target) => this.#isAt(target, preNat.destination) || this.#isBehind(target, postNat.destination),
    );
  }

  /** A lookup of one of the names by this node, with any suffix of the search path. */
  hasLookup({ evidence, name, clientAddress }: Interaction): boolean {
    if (evidence !== "lookup" || name === null || clientAddress === null) return false;
    const isOwnName = this.#targets.some(({ host }) => name === host || name.startsWith(`${host}.`));
    return isOwnName && this.#isOwn(clientAddress.address);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer ?? undefined);
  }

  #isOwn(address: string): boolean {
    if (this.#ownAddresses.has(address)) return true;
    const owner = this.#index.nodes.at(address, Number.MAX_VALUE);
    return this.#node !== null && owner?.type === "node" && owner.node === this.#node;
  }

  /** The address that a host process dials is translated before any interface: packets show only the endpoint. */
  #isBehind(target: Target, served: Endpoint): boolean {
    if (this.#isAt(target, served)) return true;
    const { services } = this.#index;
    // Others may have any endpoint.
    const own = new Set([target.serviceIn(services)]);
    for (const address of target.addresses) own.add(services.atAddress(address, target.port, Number.MAX_VALUE));
    return services.behind(served.address, served.port).some((service) => own.has(service));
  }

  #isAt(target: Target, { address, port }: Endpoint): boolean {
    return port === target.port && this.#addressesOf(target).includes(address);
  }

  #addressesOf(target: Target): string[] {
    const service = target.serviceIn(this.#index.services);
    return [...target.addresses, ...(service === null ? [] : addressesOf(service))];
  }

  /** A connection from a pod of the Collector to its OTLP destination, which each request of the agent causes. */
  #isSentOn({ preNat, postNat }: Connection): boolean {
    const ports = [preNat.destination.port, postNat.destination.port];
    if (this.#collector === null || !ports.some((port) => OTLP_PORTS.has(port))) return false;
    const { services } = this.#index;
    const { port } = this.#collector;
    const addresses = this.#addressesOf(this.#collector);
    if (addresses.includes(preNat.source.address)) return true;
    return addresses.some((address) => {
      const service = services.atAddress(address, port, Number.MAX_VALUE);
      return service !== null && services.endpointAt(service, preNat.source.address, Number.MAX_VALUE) !== null;
    });
  }

  async #resolveTarget(target: Target): Promise<boolean> {
    const isResolved = await target.resolve(this.#resolution);
    this.version++;
    return isResolved;
  }

  async #refresh(): Promise<void> {
    this.#ownAddresses = new Set(ownAddresses());
    this.version++;
    const resolved = await Promise.all(this.#targets.map((target) => this.#resolveTarget(target)));
    if (this.#isStopped) return;
    const isDone = resolved.every(Boolean);
    const millis = isDone ? this.#resolution.millis : Math.min(this.#retryMillis, this.#resolution.millis);
    this.#retryMillis = isDone ? RETRY_MILLIS : 2 * millis;
    this.#timer = setTimeout(() => void this.#refresh(), millis).unref();
  }
}

function addressesOf({ clusterAddresses, balancerAddresses, claimedAddresses }: ServiceRecord): string[] {
  return [...clusterAddresses, ...balancerAddresses, ...claimedAddresses];
}
