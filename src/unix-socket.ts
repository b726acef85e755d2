// EDGE: net, fs, timers
import { randomBytes } from "node:crypto";
import { chmodSync, lstatSync, renameSync, type Stats, statSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";
import { basename, dirname, join } from "node:path";
import { ConfigError } from "./model/errors.ts";

/** Linux: `sun_path` holds 108 bytes, including the terminating zero. */
const MAX_PATH_BYTES = 107;
/** Of the name to which the server binds first. */
const PRIVATE_NAME_BYTES = 8;
const CHECK_MILLIS = 1_000;

interface SocketPathOptions {
  readonly path: string;
  /** How messages name the path: the option and its value. */
  readonly option: string;
  /** Access mode of the socket; by default that of the process's umask. */
  readonly mode?: number;
  /** Called with a sentence when the socket was removed or replaced, and when it is there again. */
  readonly report: (sentence: string) => void;
  /** How often the path is checked; 1 s. */
  readonly checkMillis?: number;
}

/**
 * A path at which a server listens. The server binds to a private name in the same folder, which is then renamed: so the
 * path appears with its mode, replaces the socket of a server that has ended, and is never removed by the close of
 * another server. If the path is removed, the server listens there again.
 */
export class SocketPath {
  readonly #server: Server;
  readonly #options: SocketPathOptions;
  /** Device and inode; a socket's inode is not used again while the server is bound to it. */
  #identity = "";
  #timer: NodeJS.Timeout | undefined;
  #problem: string | null = null;
  #isChecking = false;
  #isClosed = false;

  private constructor(server: Server, options: SocketPathOptions) {
    this.#server = server;
    this.#options = options;
  }

  /**
   * Resolves when the server listens. Throws ConfigError if the path is too long, is another kind of file, belongs to a
   * running server, or cannot be created.
   */
  static async listen(server: Server, options: SocketPathOptions): Promise<SocketPath> {
    const { path, option, checkMillis = CHECK_MILLIS } = options;
    checkLength(path, option);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found !== undefined && !found.isSocket()) {
      throw new ConfigError(`${option} exists and is not a socket; choose another path`);
    }
    if (found !== undefined && (await isServed(path))) {
      throw new ConfigError(`another process listens on ${option}; stop it, or choose another path`);
    }
    // Later errors, such as too many open files, must not end the process.
    server.on("error", () => {});
    const bound = new SocketPath(server, options);
    try {
      await bound.#bind();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new ConfigError(`cannot listen at ${option}: ${code ?? message}; its directory must exist and be writable`);
    }
    bound.#timer = setInterval(() => void bound.#check(), checkMillis).unref();
    return bound;
  }

  /** Removes the path, unless another server's socket is there by now, and closes the server. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#remove();
  }

  #remove(): void {
    try {
      if (identityOf(this.#options.path) === this.#identity) unlinkSync(this.#options.path);
    } catch {
      // Its folder is gone or not writable: nothing is left to do.
    }
    this.#server.close();
  }

  async #bind(): Promise<void> {
    const { path, mode } = this.#options;
    const privatePath = join(dirname(path), randomBytes(PRIVATE_NAME_BYTES / 2).toString("hex"));
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(privatePath, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    if (mode !== undefined) chmodSync(privatePath, mode);
    this.#identity = identityOf(privatePath) ?? "";
    renameSync(privatePath, path);
  }

  async #check(): Promise<void> {
    if (this.#isChecking || identityOf(this.#options.path) === this.#identity) return;
    this.#isChecking = true;
    await this.#restore();
    this.#isChecking = false;
  }

  async #restore(): Promise<void> {
    const { path, option, report } = this.#options;
    if (await isServed(path)) {
      this.#note(`another process has taken over ${option}; stop it, or choose another path`);
      return;
    }
    if (this.#isClosed) return;
    // The server keeps its connections; only what it listens on is new.
    this.#server.close();
    try {
      await this.#bind();
      this.#problem = null;
      if (this.#isClosed) this.#remove();
      else report(`${option} was removed, and has been created again`);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#note(
        `${option} was removed, and cannot be created: ${code ?? message}; its directory must exist and be writable`,
      );
    }
  }

  #note(problem: string): void {
    if (this.#problem === problem) return;
    this.#problem = problem;
    this.#options.report(problem);
  }
}

/**
 * Throws ConfigError where no client can ever connect to `path`: it is too long, or another kind of file. A server may still create
 * it. `option`: how the message names the path.
 */
export function checkConnectable(path: string, option: string): void {
  checkLength(path, option);
  const found = statIfPossible(path);
  if (found === undefined || found.isSocket()) return;
  const kind = found.isDirectory() ? "is a directory" : "is not a socket";
  throw new ConfigError(`${option} ${kind}; pass the path of the socket`);
}

/** Undefined also where the process may not look: the connection says why. */
function statIfPossible(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function checkLength(path: string, option: string): void {
  const longer = Math.max(0, PRIVATE_NAME_BYTES - Buffer.byteLength(basename(path)));
  if (Buffer.byteLength(path) + longer <= MAX_PATH_BYTES) return;
  throw new ConfigError(
    `${option} is longer than the ${MAX_PATH_BYTES} bytes of a socket's path; choose a shorter one`,
  );
}

/** Device and inode of a path; null if there is nothing. */
function identityOf(path: string): string | null {
  const found = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
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
