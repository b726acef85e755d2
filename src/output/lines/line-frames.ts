import { KeyedHash } from "../../bounded/keyed-hash.ts";
import type { Interaction } from "../../model/interaction.ts";
import { LineFrame } from "./line-frame.ts";

const SET_BITS = 12;
const WAYS = 4;

/** Recent frames: each hash has a set of four, the last used one first. */
export class LineFrames {
  readonly #hash = new KeyedHash();
  readonly #frames = new Array<LineFrame | null>(WAYS * 2 ** SET_BITS).fill(null);

  /** The frame of the interaction's line. */
  of(interaction: Interaction): LineFrame {
    const frames = this.#frames;
    const first = WAYS * this.#setOf(interaction);
    const last = first + WAYS - 1;
    for (let at = first; at <= last; at++) {
      const frame = frames[at];
      if (frame?.isOf(interaction)) return this.#moveToFront(frame, first, at);
    }
    frames[last]?.release();
    return this.#moveToFront(new LineFrame(interaction), first, last);
  }

  #moveToFront(frame: LineFrame, first: number, from: number): LineFrame {
    const frames = this.#frames;
    for (let at = from; at > first; at--) frames[at] = frames[at - 1] ?? null;
    frames[first] = frame;
    return frame;
  }

  /** Lines with equal addresses have equal names as a rule, but lookups have no server's address. */
  #setOf({ clientAddress, serverAddress, name }: Interaction): number {
    const client = clientAddress === null ? 0 : this.#hash.text(clientAddress.address, 0);
    const hash =
      serverAddress === null
        ? this.#hash.text(name ?? "", client)
        : this.#hash.mix(this.#hash.text(serverAddress.address, client), serverAddress.port);
    return hash >>> (32 - SET_BITS);
  }
}
