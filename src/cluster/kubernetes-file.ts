// EDGE: reads cluster files and logs of watch events.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { ConfigError } from "../model/errors.ts";
import { excerpt } from "../model/foreign-file.ts";
import type { ClusterEvent } from "./cluster-event.ts";
import { decoderFor, readInputText, unreadable } from "./input-text.ts";
import { jsonFault } from "./json-fault.ts";
import type { KubernetesObject } from "./kubernetes-objects.ts";

const CLUSTER_FILE = "cluster file";
const EVENTS_FILE = "events file";

const HOW_TO_MAKE =
  "make it with: kubectl get pods,services,endpointslices,nodes,replicasets,deployments,statefulsets,daemonsets,jobs,cronjobs -A -o json";
const EVENT_LINE = 'each line is {"t": seconds, "type": "ADDED", "object": {…}}';
const CHUNK_BYTES = 1 << 20;
/** As many tell the encoding. */
const HEAD_BYTES = 4;
const NOTHING = { decode: () => "" };
const EVENT_TYPES: readonly string[] = ["ADDED", "MODIFIED", "DELETED"];
/** What a watch sends besides changes: progress, and its own end. */
const OTHER_EVENT_TYPES: readonly string[] = ["BOOKMARK", "ERROR"];

/**
 * Reads what `kubectl get … -o json` prints: a List, a typed list (PodList), or one object; a list without its kind too,
 * as other programs write it. Throws ConfigError.
 */
export function readClusterFile(path: string): KubernetesObject[] {
  const text = readInputText(path, CLUSTER_FILE);
  const where = `${CLUSTER_FILE} ${path}`;
  const parsed = parse(text, where, () => eventsFault(text, path) ?? jsonFault(text, HOW_TO_MAKE));
  if (!isObject(parsed)) throw new ConfigError(`${where} holds no Kubernetes objects; ${HOW_TO_MAKE}`);
  const kind = typeof parsed.kind === "string" ? parsed.kind : null;
  if (kind?.endsWith("List") !== false && Array.isArray(parsed.items)) {
    // The items of a typed list do not repeat their kind.
    const itemKind = kind === null ? "" : kind.slice(0, -"List".length);
    return parsed.items
      .filter(isObject)
      .map((item) => (item.kind === undefined && itemKind !== "" ? { ...item, kind: itemKind } : item));
  }
  if (kind?.endsWith("List") === true) throw new ConfigError(`${where} is a ${kind} without items; ${HOW_TO_MAKE}`);
  if (kind !== null) return [parsed];
  throw new ConfigError(`${where} ${eventsFault(text, path) ?? `holds no Kubernetes objects; ${HOW_TO_MAKE}`}`);
}

/** Reads a whole log of watch events. Throws ConfigError that names the line. */
export function readEventsFile(path: string): ClusterEvent[] {
  return readInputText(path, EVENTS_FILE)
    .split("\n")
    .flatMap((line, i) => (line.trim() === "" ? [] : parseEvent(line, path, i + 1)));
}

/** Follows a log of watch events as it grows; a line counts when its end is written. */
export class EventsTail {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  /** Null until the encoding shows. */
  #decoder: Pick<TextDecoder, "decode"> | null = null;
  #position = 0;
  #rest = "";
  #lines = 0;

  constructor(path: string) {
    this.#path = path;
    try {
      if (statSync(path).isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: "EISDIR" });
      this.#descriptor = openSync(path, "r");
    } catch (error) {
      throw unreadable(path, EVENTS_FILE, error);
    }
  }

  /** Events that have been written since the last call. What is none is handed to `onBadLine` and passed over. */
  read(onBadLine: (problem: ConfigError) => void): ClusterEvent[] {
    const events: ClusterEvent[] = [];
    for (;;) {
      const bytes = readSync(this.#descriptor, this.#chunk, 0, CHUNK_BYTES, this.#position);
      if (bytes < (this.#decoder === null ? HEAD_BYTES : 1)) return events;
      this.#position += bytes;
      const chunk = this.#chunk.subarray(0, bytes);
      this.#decoder ??= this.#decoderFor(chunk, onBadLine);
      const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) {
        this.#lines++;
        if (line.trim() === "") continue;
        try {
          events.push(...parseEvent(line, this.#path, this.#lines));
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          onBadLine(error);
        }
      }
    }
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

  close(): void {
    closeSync(this.#descriptor);
  }
}

function parseEvent(line: string, path: string, number: number): ClusterEvent[] {
  const where = `${EVENTS_FILE} ${path}, line ${number}`;
  const event = parse(line, where, () => eventLineFault(line, path, number));
  if (!isObject(event) || typeof event.type !== "string") {
    if (isObject(event) && Array.isArray(event.items)) throw new ConfigError(`${where} ${clusterFileFault(path)}`);
    throw new ConfigError(`${where} is no watch event; ${EVENT_LINE}`);
  }
  if (OTHER_EVENT_TYPES.includes(event.type)) return [];
  if (!EVENT_TYPES.includes(event.type) || typeof event.t !== "number" || !isObject(event.object)) {
    throw new ConfigError(`${where} is no watch event; ${EVENT_LINE}`);
  }
  const until = typeof event.until === "number" ? { untilMicros: event.until * 1e6 } : {};
  return [{ timeMicros: event.t * 1e6, ...until, type: event.type as ClusterEvent["type"], object: event.object }];
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

function isObject(value: unknown): value is Record<string, unknown> & KubernetesObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
