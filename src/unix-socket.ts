// EDGE: net, fs
import { lstatSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { ConfigError } from "./model/errors.ts";

/** Linux: `sun_path` holds 108 bytes, including the terminating zero. */
const MAX_PATH_BYTES = 107;

/**
 * Prepares a path for a server to listen on: removes the socket of a server that has ended. `option` is how messages name
 * the path. Throws ConfigError if the path is too long, is another kind of file, or belongs to a running server.
 */
export async function freeSocketPath(path: string, option: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new ConfigError(
      `${option} is longer than the ${MAX_PATH_BYTES} bytes of a socket's path; choose a shorter one`,
    );
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new ConfigError(`${option} exists and is not a socket; choose another path`);
  if (await isServed(path))
    throw new ConfigError(`another process listens on ${option}; stop it, or choose another path`);
  unlinkSync(path);
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
