import { nameScopeOf } from "../../inventory/addresses/address-owner.ts";
import type { ClusterIndex } from "../../inventory/cluster-index.ts";
import { leastFinal, type NodePerspective } from "../../inventory/node-perspective.ts";
import type { Connection, ConnectionPath } from "../../model/connection.ts";
import type { KnownAddresses } from "./known-addresses.ts";
import { KnownPath } from "./known-path.ts";

/** Paths that are known at one time, as many as the reader of facts has. */
const MAX_PATHS = 8_192;
const NEVER = { fromMicros: Number.POSITIVE_INFINITY, toMicros: Number.NEGATIVE_INFINITY };
/** Known of a path with one connection so far: a scan has many such paths. */
const SEEN_ONCE = {};

/** What is known of the paths of connections. Most connections find it with no look-up. */
export class KnownPaths {
  readonly #index: ClusterIndex;
  readonly #addresses: KnownAddresses;
  readonly #perspective: NodePerspective;
  /** Those with a `KnownPath`. */
  readonly #paths: ConnectionPath[] = [];

  constructor(index: ClusterIndex, addresses: KnownAddresses, perspective: NodePerspective) {
    this.#index = index;
    this.#addresses = addresses;
    this.#perspective = perspective;
  }

  of(connection: Connection): KnownPath {
    const { path = null, startMicros } = connection;
    const kept = path === null ? null : path.known;
    const former = kept instanceof KnownPath && kept.table === this ? kept : null;
    if (former?.isCertain(this.#index.version, startMicros) === true) return former;
    const found = this.#find(connection, former);
    if (path !== null) {
      if (former === null && kept !== SEEN_ONCE) path.known = SEEN_ONCE;
      else this.#keep(path, found, former === null);
    }
    return found;
  }

  /** Something that they refer to has ended. */
  forget(): void {
    for (const path of this.#paths) path.known = null;
    this.#paths.length = 0;
  }

  #keep(path: ConnectionPath, known: KnownPath, isNew: boolean): void {
    path.known = known;
    if (!isNew) return;
    if (this.#paths.length >= MAX_PATHS) this.forget();
    this.#paths.push(path);
  }

  #find({ preNat, postNat, startMicros }: Connection, former: KnownPath | null): KnownPath {
    const { source } = preNat;
    const { version } = this.#index;
    const from = this.#addresses.at(source.address);
    const to = this.#addresses.at(postNat.destination.address);
    const before = preNat.destination === postNat.destination ? to : this.#addresses.at(preNat.destination.address);
    const owner = from.ownerAt(startMicros);
    const destination = to.ownerAt(startMicros, postNat.destination.port);
    const dialled = before === to ? destination : before.ownerAt(startMicros, preNat.destination.port);
    const finality = leastFinal(
      this.#perspective.finalityOf(owner, source.address),
      this.#perspective.finalityOf(destination, postNat.destination.address),
    );
    const clientId = nameScopeOf(owner, source.address);
    const fromMicros = Math.max(from.fromMicros, to.fromMicros, before.fromMicros);
    const toMicros = Math.min(from.toMicros, to.toMicros, before.toMicros);
    // Outside the intervals of its addresses, the owners are those of this moment.
    const isCertain = fromMicros <= startMicros && startMicros < toMicros;
    const time = isCertain ? { fromMicros, toMicros } : NEVER;
    const owners = { from, owner, destination, dialled, finality, clientId, ...time };
    return new KnownPath(this, version, owners, former);
  }
}
