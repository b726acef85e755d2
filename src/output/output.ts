// EDGE: writes results to standard output or to a file.
import { closeSync, constants, fstatSync, ftruncateSync, openSync, unlinkSync, writeSync } from "node:fs";
import { ConfigError } from "../model/errors.ts";

const BUFFER_CHARACTERS = 1 << 16;
const STANDARD_OUTPUT = 1;
const MADE = constants.O_WRONLY | constants.O_CREAT;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Whoever read standard output has enough (`| head`): no mistake, and nothing more to do. */
export class OutputClosed extends Error {}

/** Results could not be written to their end: a full disk. The message is one sentence with the fix. */
export class OutputError extends Error {
  constructor(what: string, name: string, option: string, cause: unknown) {
    const { code } = cause as NodeJS.ErrnoException;
    super(`${what} could not be written to ${name} (${code}); make room, or use ${option} FILE`, { cause });
  }
}

/** Where results go. Text is gathered and written in portions. */
export class Output {
  readonly #option: string;
  readonly #name: string;
  /** Null until a file that was not there is made. */
  #descriptor: number | null;
  readonly #isFile: boolean;
  #hasBegun = false;
  #pending = "";

  /** `path` undefined or "-" is standard output; `option` gave it. Throws ConfigError when the file cannot be written. */
  constructor(path: string | undefined, option = "-o") {
    this.#option = option;
    this.#isFile = path !== undefined && path !== "-";
    this.#name = this.#isFile ? (path ?? "") : "standard output";
    try {
      this.#descriptor = this.#isFile ? openedIfThere(this.#name) : STANDARD_OUTPUT;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new ConfigError(
        `${path} cannot be written (${code}); give ${option} a file in a folder that exists and is yours`,
        { cause: error },
      );
    }
  }

  /**
   * Whether text may have colours: on a terminal, unless NO_COLOR is set; FORCE_COLOR asks for them elsewhere too.
   * https://no-color.org, https://force-color.org
   */
  get isColored(): boolean {
    const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
    if (FORCE_COLOR !== undefined && FORCE_COLOR !== "") return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
    if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
    return this.#isTerminal && TERM !== "dumb";
  }

  /** Columns of the terminal; null where there is no terminal or its width is unknown. */
  get width(): number | null {
    const { columns } = process.stdout;
    return this.#isTerminal && columns > 0 ? columns : null;
  }

  get #isTerminal(): boolean {
    return !this.#isFile && process.stdout.isTTY === true;
  }

  write(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= BUFFER_CHARACTERS) this.flush();
  }

  /** Throws OutputClosed when nobody reads any more, OutputError when it cannot be written. */
  flush(): void {
    const bytes = Buffer.from(this.#pending);
    this.#pending = "";
    for (let done = 0; done < bytes.length; ) {
      try {
        done += writeSync(this.#begin(), bytes, done);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "EPIPE") throw new OutputClosed();
        if (code !== "EAGAIN") throw this.#unwritten(error);
        // A pipe that does not block, with a slow reader.
        Atomics.wait(pause, 0, 0, 5);
      }
    }
  }

  /** Throws as `flush` does: a disk over the network may say only now that it is full. */
  close(): void {
    this.flush();
    if (!this.#isFile) return;
    try {
      closeSync(this.#begin());
    } catch (error) {
      throw this.#unwritten(error);
    }
  }

  #unwritten(error: unknown): OutputError {
    return new OutputError("results", this.#name, this.#option, error);
  }

  #begin(): number {
    this.#descriptor ??= openSync(this.#name, MADE);
    if (this.#hasBegun) return this.#descriptor;
    this.#hasBegun = true;
    if (this.#isFile && fstatSync(this.#descriptor).isFile()) ftruncateSync(this.#descriptor);
    return this.#descriptor;
  }
}

/**
 * What a file held stays until there is something to put in its place, and a file that is not there is made only then:
 * an empty one would pass for a result. That it can be made is tried at once. Throws what `open` throws.
 */
function openedIfThere(path: string): number | null {
  try {
    closeSync(openSync(path, MADE | constants.O_EXCL));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return openSync(path, MADE);
    throw error;
  }
  unlinkSync(path);
  return null;
}
