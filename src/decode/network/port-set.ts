/** A set of port numbers as 8 KiB of bits: membership takes one load. */
export class PortSet {
  readonly #bits = new Uint8Array(65536 / 8);

  constructor(ports: readonly number[]) {
    for (const port of ports) this.#bits[port >>> 3] = (this.#bits[port >>> 3] ?? 0) | (1 << (port & 7));
  }

  has(port: number): boolean {
    return ((this.#bits[port >>> 3] ?? 0) & (1 << (port & 7))) !== 0;
  }
}
