// EDGE: writes results to standard output or to a file.
import { closeSync, constants, existsSync, fstatSync, ftruncateSync, openSync, unlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { ConfigError } from "../../model/errors.ts";

const BUFFER_CHARACTERS = 1 << 16;
const STANDARD_OUTPUT = 1;
const CREATE = constants.O_WRONLY | constants.O_CREAT;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** The reader of standard output closed the pipe, such as `| head`: the command ends without an error. */
export class OutputClosed extends Error {}

/** Results could not be written completely, such as on a full disk. The message is one sentence with the fix. */
export class OutputError extends Error {
  constructor(what: string, name: string, option: string, cause: unknown) {
    const { code } = cause as NodeJS.ErrnoException;
    super(`cannot write ${what} to ${name} (${code}); free disk space, or use ${option} FILE`, { cause });
  }
}

/** Whether the path of an output, such as that of `-o`, is standard output: there is none, or it is `-`. */
export function isStandardOutput(path: string | undefined): path is "-" | undefined {
  return path === undefined || path === "-";
}

/** Writes results to standard output or a file, buffered. */
export class Output {
  readonly #option: string;
  readonly #name: string;
  /** Null until a new file is created. */
  #descriptor: number | null;
  readonly #isFile: boolean;
  #isTruncated = false;
  #pending = "";

  /** `path` is the value of `option`; undefined and "-" are standard output. Throws ConfigError if it cannot be written. */
  constructor(path: string | undefined, option = "-o") {
    this.#option = option;
    this.#isFile = !isStandardOutput(path);
    this.#name = isStandardOutput(path) ? "standard output" : path;
    try {
      this.#descriptor = this.#isFile ? openExisting(this.#name) : STANDARD_OUTPUT;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw unwritableFile(option, this.#name, code ?? "error", error);
    }
  }

  /**
   * Whether text may have colors: on a terminal, unless NO_COLOR is set; FORCE_COLOR asks for them elsewhere too.
   * https://no-color.org, https://force-color.org
   */
  get isColored(): boolean {
    const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
    if (FORCE_COLOR !== undefined && FORCE_COLOR !== "") return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
    if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
    return this.isTerminal && TERM !== "dumb";
  }

  /** Lines of the terminal; null where there is none or their number is unknown. */
  get height(): number | null {
    const { rows } = process.stdout;
    return this.isTerminal && rows > 0 ? rows : null;
  }

  /** Columns of the terminal; null where there is no terminal or its width is unknown. */
  get width(): number | null {
    const { columns } = process.stdout;
    return this.isTerminal && columns > 0 ? columns : null;
  }

  get isTerminal(): boolean {
    return !this.#isFile && process.stdout.isTTY === true;
  }

  write(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= BUFFER_CHARACTERS) this.flush();
  }

  /** Writes bytes at once, after the text before them. Throws as `flush` does. */
  writeBytes(bytes: Uint8Array): void {
    this.flush();
    this.#writeAll(bytes);
  }

  /** Throws OutputClosed if the reader closed the pipe, OutputError if writing fails. */
  flush(): void {
    const bytes = Buffer.from(this.#pending);
    this.#pending = "";
    this.#writeAll(bytes);
  }

  #writeAll(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      try {
        done += writeSync(this.#open(), bytes, done);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "EPIPE") throw new OutputClosed();
        if (code !== "EAGAIN") throw this.#unwritten(error);
        // A non-blocking pipe with a slow reader.
        Atomics.wait(pause, 0, 0, 5);
      }
    }
  }

  /** Throws as `flush` does: a network file system may report a full disk only on close. */
  close(): void {
    this.flush();
    if (!this.#isFile) return;
    try {
      closeSync(this.#open());
    } catch (error) {
      throw this.#unwritten(error);
    }
  }

  #unwritten(error: unknown): OutputError {
    return new OutputError("results", this.#name, this.#option, error);
  }

  #open(): number {
    this.#descriptor ??= openSync(this.#name, CREATE);
    if (this.#isTruncated) return this.#descriptor;
    this.#isTruncated = true;
    if (this.#isFile && fstatSync(this.#descriptor).isFile()) ftruncateSync(this.#descriptor);
    return this.#descriptor;
  }
}

/** Rejects a path for `option` that cannot be written. `reason`: a system's error code, or words. */
export function unwritableFile(option: string, path: string, reason: string, cause?: unknown): ConfigError {
  const words = inWords(reason, path);
  return new ConfigError(`cannot write ${option} ${path} (${words}); choose a file in a writable directory`, { cause });
}

function inWords(reason: string, path: string): string {
  if (reason === "EACCES") return "permission denied";
  if (reason === "EISDIR") return "it is a directory";
  // Not on /proc, which is there and has no new files.
  return reason === "ENOENT" && !existsSync(dirname(path)) ? "its directory does not exist" : reason;
}

/**
 * Opens an existing file, whose content stays until the first write, and returns null for a new one, which is created on
 * the first write: an empty file would look like a result. Creating it is tried now. Throws the errors of `open`.
 */
function openExisting(path: string): number | null {
  try {
    closeSync(openSync(path, CREATE | constants.O_EXCL));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return openSync(path, CREATE);
    throw error;
  }
  unlinkSync(path);
  return null;
}
