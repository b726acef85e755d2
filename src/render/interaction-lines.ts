import { GenerationalCache } from "../bounded/generational-cache.ts";
import type { Endpoint } from "../model/connection.ts";
import type { End, Interaction } from "../model/interaction.ts";
import { jsonText } from "../text/visible-text.ts";

/** The first line of a file of interactions. */
export const INTERACTIONS_HEADER = '{"wirespan":"interactions","version":1}';

/** The last line of an incomplete file of interactions. */
export function incompleteLine(reason: string): string {
  return jsonText({ wirespan: "incomplete", reason });
}

const MAX_NAMES = 4_096;

/** Ends are few and shared, lines are many: the texts of ends are cached, without the closing brace. */
const endTexts = new WeakMap<End, string>();

/** `pod` is a field of workloads only. */
function endText(end: End, pod: string | null): string {
  let text = endTexts.get(end);
  if (text === undefined) {
    text = jsonText(endFields(end)).slice(0, -1);
    endTexts.set(end, text);
  }
  return end.type === "workload" ? `${text},"pod":${nameText(pod)}}` : `${text}}`;
}

function endFields(end: End): object {
  switch (end.type) {
    case "workload": {
      const { type, namespace, name, kind, serviceName } = end;
      return { type, namespace, name, kind, serviceName };
    }
    case "service":
      return { type: end.type, namespace: end.namespace, name: end.name };
    case "node":
    case "external":
      return { type: end.type, name: end.name };
    case "unresolved":
      return { type: end.type, address: end.address };
  }
}

function endpointText(endpoint: Endpoint | null): string {
  return endpoint === null ? "null" : `{"address":"${endpoint.address}","port":${endpoint.port}}`;
}

/** Names repeat, and escaping them is slow. */
const nameTexts = new GenerationalCache<string, string>(MAX_NAMES);

function nameText(name: string | null): string {
  if (name === null) return "null";
  let text = nameTexts.get(name);
  if (text === undefined) {
    text = jsonText(name);
    nameTexts.set(name, text);
  }
  return text;
}

/** What of an interaction many lines share: the fields that are no numbers, and the client's address without its port. */
export interface LineFields
  extends Pick<
    Interaction,
    | "evidence"
    | "outcome"
    | "client"
    | "server"
    | "clientPod"
    | "serverPod"
    | "name"
    | "canonicalName"
    | "dialled"
    | "dialledService"
    | "serverAddress"
    | "reporter"
  > {
  /** Null without an address of the client. */
  readonly clientHost: string | null;
}

/**
 * A line is `{"time":`, the time, the head, the client's port if its address is known, the middle, the duration,
 * `,"retries":`, the retries, `,"nameAgeMs":`, the age of the name, and the tail.
 */
interface LineTexts {
  readonly head: string;
  readonly middle: string;
  /** With the line break. */
  readonly tail: string;
}

/**
 * The texts of one interaction's line. Times are in seconds, durations in milliseconds, both exact to the microsecond;
 * unknown values are null, not absent.
 */
export function lineTexts(fields: LineFields): LineTexts {
  const { evidence, outcome, client, server, clientPod, serverPod, clientHost } = fields;
  const [opening, closing] = clientHost === null ? ["null", ""] : [`{"address":"${clientHost}","port":`, "}"];
  return {
    head:
      `,"evidence":"${evidence}","outcome":"${outcome}"` +
      `,"client":${endText(client, clientPod)},"server":${endText(server, serverPod)}` +
      `,"name":${nameText(fields.name)},"canonicalName":${nameText(fields.canonicalName)}` +
      `,"dialled":${endpointText(fields.dialled)},"service":${nameText(fields.dialledService)},"clientAddress":${opening}`,
    middle: `${closing},"serverAddress":${endpointText(fields.serverAddress)},"durationMs":`,
    tail: `,"reporter":${nameText(fields.reporter)}}\n`,
  };
}
