// EDGE: reads cluster files and logs of watch events.
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { ConfigError } from "../model/errors.ts";
import type { ClusterEvent } from "./cluster-event.ts";
import type { KubernetesObject } from "./kubernetes-objects.ts";

const HOW_TO_MAKE =
  "make it with: kubectl get pods,services,endpointslices,nodes,replicasets,deployments,statefulsets,daemonsets,jobs,cronjobs -A -o json";
const EVENT_LINE = 'each line is {"t": seconds, "type": "ADDED", "object": {…}}';
const CHUNK_BYTES = 1 << 20;
const EVENT_TYPES: readonly string[] = ["ADDED", "MODIFIED", "DELETED"];
/** What a watch sends besides changes: progress, and its own end. */
const OTHER_EVENT_TYPES: readonly string[] = ["BOOKMARK", "ERROR"];

/** Reads what `kubectl get … -o json` prints: a List, a typed list (PodList), or one object. Throws ConfigError. */
export function readClusterFile(path: string): KubernetesObject[] {
  const text = readText(path, "cluster file");
  const parsed = parse(text, `cluster file ${path}`, clusterFileFault(text));
  if (!isObject(parsed) || typeof parsed.kind !== "string") {
    throw new ConfigError(`cluster file ${path} holds no Kubernetes objects; ${HOW_TO_MAKE}`);
  }
  if (!parsed.kind.endsWith("List")) return [parsed as KubernetesObject];
  if (!Array.isArray(parsed.items)) {
    throw new ConfigError(`cluster file ${path} is a ${parsed.kind} without items; ${HOW_TO_MAKE}`);
  }
  // The items of a typed list do not repeat their kind.
  const kind = parsed.kind.slice(0, -"List".length);
  return parsed.items
    .filter(isObject)
    .map((item) => (item.kind === undefined && kind !== "" ? { ...item, kind } : item));
}

/** Reads a whole log of watch events. Throws ConfigError that names the line. */
export function readEventsFile(path: string): ClusterEvent[] {
  return readText(path, "events file")
    .split("\n")
    .flatMap((line, i) => (line.trim() === "" ? [] : parseEvent(line, `events file ${path}, line ${i + 1}`)));
}

/** Follows a log of watch events as it grows; a line counts when its end is written. */
export class EventsTail {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #position = 0;
  #rest = "";
  #lines = 0;

  constructor(path: string) {
    this.#path = path;
    try {
      if (statSync(path).isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: "EISDIR" });
      this.#descriptor = openSync(path, "r");
    } catch (error) {
      throw unreadable(path, "events file", error);
    }
  }

  /** Events that have been written since the last call. A line that is none is handed to `onBadLine` and passed over. */
  read(onBadLine: (problem: ConfigError) => void): ClusterEvent[] {
    const events: ClusterEvent[] = [];
    for (;;) {
      const bytes = readSync(this.#descriptor, this.#chunk, 0, CHUNK_BYTES, this.#position);
      if (bytes === 0) return events;
      this.#position += bytes;
      const lines = (this.#rest + this.#chunk.toString("latin1", 0, bytes)).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) {
        this.#lines++;
        if (line.trim() === "") continue;
        const text = Buffer.from(line, "latin1").toString("utf8");
        try {
          events.push(...parseEvent(text, `events file ${this.#path}, line ${this.#lines}`));
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          onBadLine(error);
        }
      }
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function parseEvent(line: string, where: string): ClusterEvent[] {
  const event = parse(line, where, `is not JSON; ${EVENT_LINE}`);
  if (!isObject(event) || typeof event.type !== "string") {
    throw new ConfigError(`${where} is no watch event; ${EVENT_LINE}`);
  }
  if (OTHER_EVENT_TYPES.includes(event.type)) return [];
  if (!EVENT_TYPES.includes(event.type) || typeof event.t !== "number" || !isObject(event.object)) {
    throw new ConfigError(`${where} is no watch event; ${EVENT_LINE}`);
  }
  const until = typeof event.until === "number" ? { untilMicros: event.until * 1e6 } : {};
  return [{ timeMicros: event.t * 1e6, ...until, type: event.type as ClusterEvent["type"], object: event.object }];
}

function readText(path: string, what: string): string {
  try {
    // Shells of Windows write a byte order mark in front.
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw unreadable(path, what, error);
  }
}

function unreadable(path: string, what: string, error: unknown): ConfigError {
  const code = (error as NodeJS.ErrnoException).code;
  const reason =
    code === "ENOENT"
      ? "does not exist"
      : code === "EACCES"
        ? "may not be read by this user"
        : `cannot be read (${code})`;
  return new ConfigError(`${what} ${path} ${reason}; check the path`, { cause: error });
}

function parse(text: string, where: string, fault: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${where} ${fault}`, { cause: error });
  }
}

/** What a cluster file is when it is not JSON, and what to do. */
function clusterFileFault(text: string): string {
  const start = text.trimStart();
  if (start === "") return `is empty; ${HOW_TO_MAKE}`;
  if (/^([{[])/.test(start)) return `is JSON that is broken or was cut; ${HOW_TO_MAKE}`;
  if (/^(---|#|- |[A-Za-z]+:)/.test(start)) return `is YAML, JSON is needed; ${HOW_TO_MAKE}`;
  return `is not JSON; ${HOW_TO_MAKE}`;
}

function isObject(value: unknown): value is Record<string, unknown> & KubernetesObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
