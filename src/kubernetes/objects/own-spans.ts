import { OTLP_PORTS, type OwnSpans } from "../../model/interaction.ts";
import { number, objects, text } from "./json-fields.ts";
import { INJECT_ANNOTATION } from "./known-labels.ts";

/** Endpoints for traces. */
const TRACE_ENDPOINTS = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
/** Endpoints for the other signals alone: the SDK does not export traces there. */
const OTHER_ENDPOINTS = ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"];
/** Exporters that send spans; `none`, `console` and `logging` do not. */
const SENDING = /^(otlp|zipkin|jaeger)/;

type Variables = ReadonlyMap<string, string>;

/**
 * Whether a pod exports its own spans, by its spec: the variables that every OpenTelemetry SDK reads, or the annotation of
 * the OpenTelemetry Operator. One exporting container is enough; a container that disables the export outranks the
 * annotation.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function ownSpansOf(
  containers: readonly Record<string, unknown>[],
  annotations: Readonly<Record<string, string>>,
): OwnSpans {
  const byContainer = containers.map((container) =>
    isCollector(container) ? "not_sent" : ownSpansByVariables(variablesOf(container)),
  );
  if (byContainer.includes("sent")) return "sent";
  if (byContainer.includes("not_sent")) return "not_sent";
  const isInjected = Object.entries(annotations).some(
    ([key, value]) => INJECT_ANNOTATION.test(key) && value.trim() !== "" && value.trim().toLowerCase() !== "false",
  );
  return isInjected ? "sent" : "unsaid";
}

/** A container with an OTLP port forwards spans of others. */
function isCollector(container: Record<string, unknown>): boolean {
  return objects(container.ports).some(({ containerPort }) => OTLP_PORTS.has(number(containerPort) ?? 0));
}

function ownSpansByVariables(variables: Variables): OwnSpans {
  const lower = (name: string): string => variables.get(name)?.trim().toLowerCase() ?? "";
  const isAnySet = (names: readonly string[]): boolean => names.some((name) => variables.has(name));
  const exporter = lower("OTEL_TRACES_EXPORTER");
  const isOff = lower("OTEL_SDK_DISABLED") === "true" || lower("OTEL_TRACES_SAMPLER").endsWith("always_off");
  if (isOff) return "not_sent";
  if (exporter !== "" && !exporter.includes("$(")) {
    return exporter.split(",").some((name) => SENDING.test(name.trim())) ? "sent" : "not_sent";
  }
  if (isAnySet(TRACE_ENDPOINTS)) return "sent";
  return isAnySet(OTHER_ENDPOINTS) ? "not_sent" : "unsaid";
}

/** The variables of a container. The value of one with `valueFrom` is unknown; it counts as set. */
function variablesOf(container: Record<string, unknown>): Variables {
  return new Map(
    objects(container.env).flatMap(({ name, value, valueFrom }) => {
      const known = text(value) ?? (valueFrom == null ? null : "$(valueFrom)");
      return typeof name === "string" && known !== null ? [[name, known] as const] : [];
    }),
  );
}
