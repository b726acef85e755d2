import { GenerationalCache } from "../bounded/generational-cache.ts";
import type { Endpoint } from "../model/connection.ts";
import type { End, Interaction } from "../model/interaction.ts";
import { decimalText } from "../text/number-text.ts";
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

function millisText(micros: number | null): string {
  return micros === null ? "null" : decimalText(micros, 3);
}

/**
 * One interaction as a line without its line break. Times in seconds, durations in milliseconds, both exact to the
 * microsecond; unknown values are null, not absent.
 */
export function interactionLine(interaction: Interaction): string {
  const i = interaction;
  return (
    `{"time":${decimalText(i.timeMicros, 6)},"evidence":"${i.evidence}","outcome":"${i.outcome}"` +
    `,"client":${endText(i.client, i.clientPod)},"server":${endText(i.server, i.serverPod)}` +
    `,"name":${nameText(i.name)},"canonicalName":${nameText(i.canonicalName)}` +
    `,"dialled":${endpointText(i.dialled)},"service":${nameText(i.dialledService)},"clientAddress":${endpointText(i.clientAddress)}` +
    `,"serverAddress":${endpointText(i.serverAddress)},"durationMs":${millisText(i.durationMicros)}` +
    `,"retries":${i.retries},"nameAgeMs":${millisText(i.nameAgeMicros)},"reporter":${nameText(i.reporter)}}`
  );
}
