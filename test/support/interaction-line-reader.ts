import type { Endpoint } from "../../src/model/connection.ts";
import {
  type End,
  type ErrorType,
  type Evidence,
  type Interaction,
  OUTCOMES,
  type Outcome,
} from "../../src/model/interaction.ts";

/** The format has no error type, so it is derived from the outcome; `unreachable` becomes `host_unreachable`. */
const ERROR_TYPES: Readonly<Record<Outcome, ErrorType | null>> = {
  established: null,
  resolved: null,
  refused: "connection_refused",
  timed_out: "timed_out",
  unreachable: "host_unreachable",
  host_not_found: "host_not_found",
  try_again: "try_again",
};

const EVIDENCE: readonly Evidence[] = ["handshake", "lookup", "socket"];

type Fields = Readonly<Record<string, unknown>>;

/** A field that the format does not allow. Thrown and caught in this file only. */
class WrongField extends Error {}

function fieldsOf(value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new WrongField();
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new WrongField();
}

function number(value: unknown): number {
  if (typeof value === "number") return value;
  throw new WrongField();
}

function oneOf<T extends string>(allowed: readonly T[], value: unknown): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new WrongField();
}

function nullOr<T>(read: (value: unknown) => T, value: unknown): T | null {
  return value === null ? null : read(value);
}

function endpoint(value: unknown): Endpoint {
  const fields = fieldsOf(value);
  return { address: text(fields.address), port: number(fields.port) };
}

function end(value: unknown): End {
  const fields = fieldsOf(value);
  const type = oneOf(["workload", "service", "node", "external", "unresolved"], fields.type);
  switch (type) {
    case "workload": {
      const namespace = text(fields.namespace);
      return {
        type,
        namespace,
        name: text(fields.name),
        kind: text(fields.kind),
        serviceName: text(fields.serviceName),
        serviceNamespace: namespace,
        ownSpans: "unsaid",
      };
    }
    case "service":
      return { type, namespace: text(fields.namespace), name: text(fields.name) };
    case "node":
    case "external":
      return { type, name: text(fields.name) };
    case "unresolved":
      return { type, address: text(fields.address) };
  }
}

/** The pod of an end: a field of workloads only, text or null. */
function podOf(value: unknown): string | null {
  const fields = fieldsOf(value);
  return fields.type === "workload" ? nullOr(text, fields.pod) : null;
}

const microsOf = (unit: number) => (value: unknown) => Math.round(number(value) * unit);

function interaction(fields: Fields): Interaction {
  const outcome = oneOf(OUTCOMES, fields.outcome);
  return {
    timeMicros: microsOf(1e6)(fields.time),
    evidence: oneOf(EVIDENCE, fields.evidence),
    outcome,
    errorType: ERROR_TYPES[outcome],
    client: end(fields.client),
    server: end(fields.server),
    name: nullOr(text, fields.name),
    canonicalName: nullOr(text, fields.canonicalName),
    dialled: nullOr(endpoint, fields.dialled),
    clientAddress: nullOr(endpoint, fields.clientAddress),
    serverAddress: nullOr(endpoint, fields.serverAddress),
    durationMicros: microsOf(1e3)(fields.durationMs),
    retries: number(fields.retries),
    nameAgeMicros: nullOr(microsOf(1e3), fields.nameAgeMs),
    clientRule: null,
    serverRule: null,
    clientPod: podOf(fields.client),
    serverPod: podOf(fields.server),
    dialledService: nullOr(text, fields.service),
    reporter: nullOr(text, fields.reporter),
  };
}

function parsed<T>(line: string, read: (fields: Fields) => T): T | null {
  try {
    return read(fieldsOf(JSON.parse(line)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof WrongField) return null;
    throw error;
  }
}

/** Version of a file of interactions from its first line; null if it is another file. */
export function parseInteractionsHeader(line: string): number | null {
  return parsed(line, (fields) => (fields.wirespan === "interactions" ? number(fields.version) : null));
}

/**
 * Parses one line of a file of interactions; null if it is another line. Unknown fields are ignored. Fields that the
 * format lacks get defaults: `errorType` by outcome, `serviceNamespace` from the namespace, `ownSpans` "unsaid".
 */
export function parseInteractionLine(line: string): Interaction | null {
  return parsed(line, interaction);
}
