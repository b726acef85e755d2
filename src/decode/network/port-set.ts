/** A set of port numbers that costs one load to ask: 8 KiB of bits, so that it stays in the cache. */
export class PortSet {
  readonly #bits = new Uint8Array(65536 / 8);

  constructor(ports: readonly number[]) {
    for (const port of ports) this.#bits[port >>> 3] = (this.#bits[port >>> 3] ?? 0) | (1 << (port & 7));
  }

  has(port: number): boolean {
    return ((this.#bits[port >>> 3] ?? 0) & (1 << (port & 7))) !== 0;
  }
}
