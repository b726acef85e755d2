// EDGE: reads cluster files and logs of watch events.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { ConfigError } from "../../model/errors.ts";
import { excerpt } from "../../text/foreign-file.ts";
import type { ClusterEvent } from "../objects/cluster-event.ts";
import { isRecord } from "../objects/json-fields.ts";
import type { KubernetesObject } from "../objects/kubernetes-objects.ts";
import { objectFault } from "../objects/object-fault.ts";
import { decoderFor, readInputText, unreadable } from "./input-text.ts";
import { jsonDocuments } from "./json-documents.ts";
import { jsonFault } from "./json-fault.ts";
import { LineSplitter, MAX_LINE_CHARACTERS } from "./line-splitter.ts";
import { listedObjects } from "./listed-objects.ts";

const CLUSTER_FILE = "cluster file";
const EVENTS_FILE = "events file";

const HOW_TO_MAKE =
  "make it with: kubectl get pods,services,endpointslices,nodes,replicasets,deployments,statefulsets,daemonsets,jobs,cronjobs -A -o json";
const EVENT_LINE = 'each line is {"t": seconds, "type": "ADDED", "object": {…}}';
const FEWER_KINDS = "give one with the kinds that --help names, and no others";
const FEWER_EVENTS = "give only its lines from the time of the capture, and --cluster FILE for what was there before";
const CHUNK_BYTES = 1 << 20;
/** As many tell the encoding. */
const HEAD_BYTES = 4;
const NOTHING = { decode: () => "" };
const EVENT_TYPES: readonly string[] = ["ADDED", "MODIFIED", "DELETED"];
/** What a watch sends besides changes: progress, and its own end. */
const OTHER_EVENT_TYPES: readonly string[] = ["BOOKMARK", "ERROR"];

/** Hears of each object that is left out: where it stands, and what is wrong with it. */
export type BadObjectHandler = (problem: string) => void;

/** A line that is a watch event, of an object that cannot be used. */
class BadObject extends ConfigError {}

/**
 * Reads what `kubectl get … -o json` prints, one output or several: see `jsonDocuments` and `listedObjects`. Objects that
 * cannot be used are handed to `onBadObject`, a sentence each, and left out. Throws ConfigError.
 */
export function readClusterFile(path: string, onBadObject: BadObjectHandler = () => {}): KubernetesObject[] {
  const text = readInputText(path, CLUSTER_FILE, FEWER_KINDS);
  const where = `${CLUSTER_FILE} ${path}`;
  const documents = jsonDocuments(text);
  if (documents === null) {
    throw new ConfigError(`${where} ${eventsFault(text, path) ?? jsonFault(text, HOW_TO_MAKE)}`);
  }
  const { objects, faults, hasList } = listedObjects(documents);
  const [fault] = faults;
  if (objects.length === 0 && fault !== undefined) throw new ConfigError(`${where} is ${fault}; ${HOW_TO_MAKE}`);
  if (!hasList && !objects.some((object) => isRecord(object) && object.kind !== undefined)) {
    throw new ConfigError(`${where} ${eventsFault(text, path) ?? `holds no Kubernetes objects; ${HOW_TO_MAKE}`}`);
  }
  for (const one of faults) onBadObject(`${where}: ${one}`);
  return objects.filter((object): object is KubernetesObject => {
    const bad = objectFault(object);
    if (bad !== null) onBadObject(`${where}: ${bad}`);
    return bad === null;
  });
}

/**
 * Reads a whole log of watch events. Objects that cannot be used are handed to `onBadObject`, a sentence each, and their
 * events left out. Throws ConfigError that names the line.
 */
export function readEventsFile(path: string, onBadObject: BadObjectHandler = () => {}): ClusterEvent[] {
  const events: ClusterEvent[] = [];
  for (const [i, line] of readInputText(path, EVENTS_FILE, FEWER_EVENTS).split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      events.push(...parseEvent(line, path, i + 1));
    } catch (error) {
      if (!(error instanceof BadObject)) throw error;
      onBadObject(error.message);
    }
  }
  return events;
}

/** Follows a log of watch events as it grows; a line counts when its end is written. */
export class EventsTail {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  /** Null until the encoding shows. */
  #decoder: Pick<TextDecoder, "decode"> | null = null;
  readonly #splitter = new LineSplitter();
  /** A device may go on without end. */
  readonly #isFile: boolean;
  #position = 0;
  #lines = 0;
  #isBroken = false;

  constructor(path: string) {
    this.#path = path;
    try {
      const stat = statSync(path);
      if (stat.isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: "EISDIR" });
      this.#isFile = stat.isFile();
      this.#descriptor = openSync(path, "r");
    } catch (error) {
      throw unreadable(path, EVENTS_FILE, error);
    }
  }

  /** Events that have been written since the last call. What is none is handed to `onBadLine` and passed over. */
  read(onBadLine: (problem: ConfigError) => void): ClusterEvent[] {
    const events: ClusterEvent[] = [];
    while (!this.#isBroken) {
      const bytes = this.#readChunk(onBadLine);
      if (bytes < (this.#decoder === null ? HEAD_BYTES : 1)) return events;
      this.#position += bytes;
      const chunk = this.#chunk.subarray(0, bytes);
      this.#decoder ??= this.#decoderFor(chunk, onBadLine);
      for (const line of this.#splitter.push(this.#decoder.decode(chunk, { stream: true }))) {
        this.#lines++;
        if (line?.trim() === "") continue;
        try {
          if (line === null) throw this.#tooLong();
          events.push(...parseEvent(line, this.#path, this.#lines));
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          onBadLine(error);
          if (line === null && !this.#isFile) this.#isBroken = true;
        }
      }
    }
    return events;
  }

  #tooLong(): ConfigError {
    return new ConfigError(
      `${EVENTS_FILE} ${this.#path}, line ${this.#lines} has more than ${MAX_LINE_CHARACTERS >> 20} MB; ${EVENT_LINE}`,
    );
  }

  /** A file that holds no text is one bad line. */
  #decoderFor(head: Uint8Array, onBadLine: (problem: ConfigError) => void): Pick<TextDecoder, "decode"> {
    try {
      return decoderFor(head, this.#path, EVENTS_FILE);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      onBadLine(error);
      return NOTHING;
    }
  }

  /** What cannot be read on (a pipe, a disk that fails) is one bad line, and is not tried again. */
  #readChunk(onBadLine: (problem: ConfigError) => void): number {
    try {
      return readSync(this.#descriptor, this.#chunk, 0, CHUNK_BYTES, this.#position);
    } catch (error) {
      this.#isBroken = true;
      onBadLine(unreadable(this.#path, EVENTS_FILE, error));
      return 0;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function parseEvent(line: string, path: string, number: number): ClusterEvent[] {
  const where = `${EVENTS_FILE} ${path}, line ${number}`;
  const event = parse(line, where, () => eventLineFault(line, path, number));
  if (!isRecord(event) || typeof event.type !== "string") {
    if (isRecord(event) && Array.isArray(event.items)) throw new ConfigError(`${where} ${clusterFileFault(path)}`);
    throw new ConfigError(`${where} is no watch event; ${EVENT_LINE}`);
  }
  if (OTHER_EVENT_TYPES.includes(event.type)) return [];
  const timeMicros = microsOf(event.t);
  if (!EVENT_TYPES.includes(event.type) || timeMicros === null || !isRecord(event.object)) {
    throw new ConfigError(`${where} is no watch event; ${EVENT_LINE}`);
  }
  const bad = objectFault(event.object);
  if (bad !== null) throw new BadObject(`${where}: ${bad}`);
  const untilMicros = microsOf(event.until);
  const until = untilMicros === null ? {} : { untilMicros };
  return [{ timeMicros, ...until, type: event.type as ClusterEvent["type"], object: event.object }];
}

function parse(text: string, where: string, fault: () => string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${where} ${fault()}`, { cause: error });
  }
}

/** What is wrong with a line that is not JSON. */
function eventLineFault(line: string, path: string, number: number): string {
  if (number === 1 && /^\s*[{[]\s*$/.test(line)) {
    return clusterFileFault(path);
  }
  const begins = /^\s*[{[]/.test(line) ? "is cut or broken" : `begins with ${excerpt(line)}`;
  return `is not JSON; ${EVENT_LINE} (this one ${begins})`;
}

/** For a cluster file that was given as a log of events. */
function clusterFileFault(path: string): string {
  return `is no watch event, but of a cluster file; give that with --cluster ${path}`;
}

/** For a log of events that was given as a cluster file; else null. */
function eventsFault(text: string, path: string): string | null {
  const [line = ""] = text.trimStart().split("\n", 1);
  const isLog = /^\{.*"object":/.test(line) && /"type":\s*"(ADDED|MODIFIED|DELETED|BOOKMARK)"/.test(line);
  return isLog ? `is a log of events; give it with --events ${path}` : null;
}

/** Microseconds of a time in seconds; null where it is none. */
function microsOf(seconds: unknown): number | null {
  const micros = typeof seconds === "number" ? seconds * 1e6 : Number.NaN;
  return Number.isFinite(micros) ? micros : null;
}
