import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Reads a stream of JSON lines: each call gives the next line that `isIt`, and passes over those before it. */
export function jsonLines<T>(stream: Readable): (isIt: (line: T) => boolean) => Promise<T> {
  const lines = createInterface(stream)[Symbol.asyncIterator]();
  return async (isIt) => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error("the process that was listened to has ended");
      const line: T = JSON.parse(value);
      if (isIt(line)) return line;
    }
  };
}
