// EDGE: follows a growing log of watch events.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { ConfigError } from "../../model/errors.ts";
import type { ClusterEvent } from "../objects/cluster-event.ts";
import { MAX_OBJECT_LENGTH } from "../objects/kubernetes-objects.ts";
import { EVENT_FORMAT, EVENTS_FILE, InvalidObjectError, parseEvent } from "./events-file.ts";
import { decoderFor, readError } from "./input-text.ts";
import { LineSplitter } from "./line-splitter.ts";

const CHUNK_BYTES = 1 << 20;
/** Enough to detect the encoding. */
const HEAD_BYTES = 4;
const DISCARDING_DECODER = { decode: () => "" };

/** Called with one sentence for each line, or object in a line, that is invalid and ignored. */
export interface IgnoredInputHandlers {
  line(problem: string): void;
  object(problem: string): void;
}

/** Follows a log of watch events as it grows. A line is read once its line end is written. */
export class EventsTail {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  /** Null until the encoding is detected. */
  #decoder: Pick<TextDecoder, "decode"> | null = null;
  readonly #splitter = new LineSplitter(MAX_OBJECT_LENGTH);
  /** A device, such as /dev/zero, may be endless. */
  readonly #isFile: boolean;
  #position = 0;
  #lines = 0;
  #isBroken = false;

  /** Throws ConfigError if the file cannot be opened. */
  constructor(path: string) {
    this.#path = path;
    try {
      const stat = statSync(path);
      if (stat.isDirectory()) throw Object.assign(new Error(`${path} is a directory`), { code: "EISDIR" });
      this.#isFile = stat.isFile();
      this.#descriptor = openSync(path, "r");
    } catch (error) {
      throw readError(path, EVENTS_FILE, error);
    }
  }

  /** The events written since the last call. */
  read(ignored: IgnoredInputHandlers): ClusterEvent[] {
    const events: ClusterEvent[] = [];
    while (!this.#isBroken) {
      const bytes = this.#readChunk(ignored);
      if (bytes < (this.#decoder === null ? HEAD_BYTES : 1)) return events;
      this.#position += bytes;
      const chunk = this.#chunk.subarray(0, bytes);
      this.#decoder ??= this.#decoderFor(chunk, ignored);
      for (const line of this.#splitter.push(this.#decoder.decode(chunk, { stream: true }))) {
        this.#lines++;
        if (line === null) this.#ignoreLongLine(ignored);
        else if (line.trim() !== "") events.push(...this.#parse(line, ignored));
      }
    }
    return events;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #parse(line: string, ignored: IgnoredInputHandlers): ClusterEvent[] {
    try {
      return parseEvent(line, this.#path, this.#lines);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if (error instanceof InvalidObjectError) ignored.object(error.message);
      else ignored.line(error.message);
      return [];
    }
  }

  #ignoreLongLine(ignored: IgnoredInputHandlers): void {
    const megabytes = MAX_OBJECT_LENGTH >> 20;
    ignored.line(`${EVENTS_FILE} ${this.#path}, line ${this.#lines} is longer than ${megabytes} MB; ${EVENT_FORMAT}`);
    if (!this.#isFile) this.#isBroken = true;
  }

  /** A file in an unknown format counts as one invalid line. */
  #decoderFor(head: Uint8Array, ignored: IgnoredInputHandlers): Pick<TextDecoder, "decode"> {
    try {
      return decoderFor(head, this.#path, EVENTS_FILE);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      ignored.line(error.message);
      return DISCARDING_DECODER;
    }
  }

  /** A read error (a pipe, a failing disk) counts as one invalid line. The read is not repeated. */
  #readChunk(ignored: IgnoredInputHandlers): number {
    try {
      return readSync(this.#descriptor, this.#chunk, 0, CHUNK_BYTES, this.#position);
    } catch (error) {
      this.#isBroken = true;
      ignored.line(readError(this.#path, EVENTS_FILE, error).message);
      return 0;
    }
  }
}
