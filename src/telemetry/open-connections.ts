/** What is needed of a socket. */
export interface OpenConnection {
  readonly remoteAddress?: string | undefined;
  destroy(): unknown;
  once(event: "close", listener: () => void): unknown;
}

/**
 * Bounds the connections of a server that answers at once: a connection that is still there waits for its client. Where
 * there is one too many, the oldest of the peer with the most goes, so that the newest is always served: a probe waits
 * behind nobody.
 */
export class OpenConnections {
  readonly #capacity: number;
  /** By peer, each in order of arrival. */
  readonly #byPeer = new Map<string, Set<OpenConnection>>();
  #count = 0;
  /** Connections that were ended for want of room. */
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
