import type { OwnSpans } from "../../model/interaction.ts";
import { number, objects, text } from "./json-fields.ts";
import { INJECT_ANNOTATION } from "./known-labels.ts";

/** Where traces go. For metrics and logs there are others, and those say nothing of traces. */
const TRACE_ENDPOINTS = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
const OTHER_ENDPOINTS = ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"];
/** A container that takes OTLP passes on what others send: a Collector. */
const OTLP_PORTS: ReadonlySet<number> = new Set([4317, 4318]);
/** Exporters that send; `none`, `console` and `logging` do not. */
const SENDING = /^(otlp|zipkin|jaeger)/;

type Variables = ReadonlyMap<string, string>;

/**
 * What a pod's spec says of spans that it sends itself: the variables that every OpenTelemetry SDK reads, or the
 * operator's annotation. One container that sends is enough; one that says it does not outranks the annotation.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function ownSpansOf(
  containers: readonly Record<string, unknown>[],
  annotations: Readonly<Record<string, string>>,
): OwnSpans {
  const said = containers.map((container) =>
    takesOtlp(container) ? "not_sent" : saidByVariables(variablesOf(container)),
  );
  if (said.includes("sent")) return "sent";
  if (said.includes("not_sent")) return "not_sent";
  const isInjected = Object.entries(annotations).some(
    ([key, value]) => INJECT_ANNOTATION.test(key) && value.trim() !== "" && value.trim().toLowerCase() !== "false",
  );
  return isInjected ? "sent" : "unsaid";
}

function takesOtlp(container: Record<string, unknown>): boolean {
  return objects(container.ports).some(({ containerPort }) => OTLP_PORTS.has(number(containerPort) ?? 0));
}

function saidByVariables(variables: Variables): OwnSpans {
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

/** A container's variables; of those that come from elsewhere (`valueFrom`) it is known only that they are set. */
function variablesOf(container: Record<string, unknown>): Variables {
  return new Map(
    objects(container.env).flatMap(({ name, value, valueFrom }) => {
      const known = text(value) ?? (valueFrom == null ? null : "$(valueFrom)");
      return typeof name === "string" && known !== null ? [[name, known] as const] : [];
    }),
  );
}
