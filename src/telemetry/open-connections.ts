/** The part of a socket that is used. */
interface OpenConnection {
  readonly remoteAddress?: string | undefined;
  destroy(): unknown;
  once(event: "close", listener: () => void): unknown;
}

/**
 * Limits the connections of a server that responds at once, so that every open connection waits for its client. Above the
 * limit, closes the oldest connection of the peer with the most. The newest is always served, so a probe never waits.
 */
export class OpenConnections {
  readonly #capacity: number;
  /** By peer, in order of arrival. */
  readonly #byPeer = new Map<string, Set<OpenConnection>>();
  #count = 0;
  /** Connections closed because of the limit. */
  dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(connection: OpenConnection): void {
    const peer = connection.remoteAddress ?? "";
    const ofPeer = this.#byPeer.get(peer) ?? new Set();
    this.#byPeer.set(peer, ofPeer.add(connection));
    this.#count++;
    connection.once("close", () => this.#remove(peer, connection));
    if (this.#count > this.#capacity) this.#dropOne();
  }

  #dropOne(): void {
    let peer = "";
    let most = 0;
    for (const [each, { size }] of this.#byPeer) {
      if (size <= most) continue;
      peer = each;
      most = size;
    }
    const [oldest] = this.#byPeer.get(peer) ?? [];
    if (oldest === undefined) return;
    this.dropped++;
    this.#remove(peer, oldest);
    oldest.destroy();
  }

  #remove(peer: string, connection: OpenConnection): void {
    const ofPeer = this.#byPeer.get(peer);
    if (ofPeer?.delete(connection) !== true) return;
    this.#count--;
    if (ofPeer.size === 0) this.#byPeer.delete(peer);
  }
}
