// EDGE: reads logs of watch events.
import { ConfigError } from "../../model/errors.ts";
import { excerpt } from "../../text/foreign-format.ts";
import type { ClusterEvent } from "../objects/cluster-event.ts";
import { isRecord } from "../objects/json-fields.ts";
import { objectFault } from "../objects/object-fault.ts";
import type { InvalidObjectHandler } from "./cluster-file.ts";
import { readInputText } from "./input-text.ts";

export const EVENTS_FILE = "events file";
export const EVENT_FORMAT = 'each line is {"t": seconds, "type": "ADDED", "object": {…}}';
const FEWER_EVENTS = "pass only its lines from the time of the capture, and --cluster FILE for the objects before that";
const EVENT_TYPES: readonly string[] = ["ADDED", "MODIFIED", "DELETED"];
/** Event types of a watch that report no change. */
const OTHER_EVENT_TYPES: readonly string[] = ["BOOKMARK", "ERROR"];

/** A valid watch event with an invalid object. */
export class InvalidObjectError extends ConfigError {}

/** Reads a complete log of watch events. Ignores events with invalid objects. Throws ConfigError that names the line. */
export function readEventsFile(path: string, onInvalidObject: InvalidObjectHandler = () => {}): ClusterEvent[] {
  const events: ClusterEvent[] = [];
  for (const [i, line] of readInputText(path, EVENTS_FILE, FEWER_EVENTS).split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      events.push(...parseEvent(line, path, i + 1));
    } catch (error) {
      if (!(error instanceof InvalidObjectError)) throw error;
      onInvalidObject(error.message);
    }
  }
  return events;
}

/** The event in a line; empty for one that reports no change. Throws InvalidObjectError, else ConfigError. */
export function parseEvent(line: string, path: string, number: number): ClusterEvent[] {
  const where = `${EVENTS_FILE} ${path}, line ${number}`;
  const event = parseJson(line, where, () => lineFault(line, path, number));
  if (!isRecord(event) || typeof event.type !== "string") {
    if (isRecord(event) && Array.isArray(event.items)) throw new ConfigError(`${where} ${clusterFileFault(path)}`);
    throw new ConfigError(`${where} is not a watch event; ${EVENT_FORMAT}`);
  }
  if (OTHER_EVENT_TYPES.includes(event.type)) return [];
  const timeMicros = microsOf(event.t);
  if (!EVENT_TYPES.includes(event.type) || timeMicros === null || !isRecord(event.object)) {
    throw new ConfigError(`${where} is not a watch event; ${EVENT_FORMAT}`);
  }
  const invalid = objectFault(event.object);
  if (invalid !== null) throw new InvalidObjectError(`${where}: ${invalid}`);
  const untilMicros = microsOf(event.until);
  const until = untilMicros === null ? {} : { untilMicros };
  return [{ timeMicros, ...until, type: event.type as ClusterEvent["type"], object: event.object }];
}

function parseJson(text: string, where: string, fault: () => string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${where} ${fault()}`, { cause: error });
  }
}

/** For a line that is not JSON. */
function lineFault(line: string, path: string, number: number): string {
  if (number === 1 && /^\s*[{[]\s*$/.test(line)) return clusterFileFault(path);
  const found = /^\s*[{[]/.test(line) ? "is truncated or broken" : `begins with ${excerpt(line)}`;
  return `is not JSON; ${EVENT_FORMAT} (this one ${found})`;
}

/** For a cluster file in place of a log of events. */
function clusterFileFault(path: string): string {
  return `is not a watch event but part of a cluster file; pass that with --cluster ${path}`;
}

/** Seconds in microseconds; null if the value is not a finite number. */
function microsOf(seconds: unknown): number | null {
  const micros = typeof seconds === "number" ? seconds * 1e6 : Number.NaN;
  return Number.isFinite(micros) ? micros : null;
}
