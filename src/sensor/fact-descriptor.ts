// EDGE: fs
import { writeSync } from "node:fs";

/** Descriptor to which a forked sensor writes its facts. */
export const FACTS_DESCRIPTOR = 3;

/** Nothing reads the facts any more. */
export class ReaderGone extends Error {
  override readonly name = "ReaderGone";
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes the whole batch, and blocks while the reader is slow: the kernel then drops packets and counts them.
 * Throws `ReaderGone` when the other end is closed, or has read nothing for `stallMillis`.
 */
export function writeFacts(descriptor: number, batch: Uint8Array, stallMillis = Number.POSITIVE_INFINITY): void {
  let stalledMillis = 0;
  for (let done = 0; done < batch.length; ) {
    try {
      done += writeSync(descriptor, batch, done, batch.length - done);
      stalledMillis = 0;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EPIPE" || code === "ECONNRESET") throw new ReaderGone("the reader closed the stream");
      if (code !== "EAGAIN") throw error;
      // The descriptor does not block, as its other end may have set: wait here instead.
      if (++stalledMillis > stallMillis) throw new ReaderGone(`the reader read nothing for ${stallMillis / 1000} s`);
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
