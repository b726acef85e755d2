import type { NameRule } from "../../model/service-graph.ts";
import { objects, text } from "./json-fields.ts";

/** With the variable that has the name. `OTEL_SERVICE_NAME`, else `service.name` in `OTEL_RESOURCE_ATTRIBUTES`. Ignores `valueFrom`, whose value is unknown. */
export function serviceFromEnvironment(containers: readonly Record<string, unknown>[]) {
  let name: string | null = null;
  let attributeName: string | null = null;
  let namespace: string | null = null;
  for (const container of containers) {
    for (const variable of objects(container.env)) {
      const value = text(variable.value);
      if (value === null) continue;
      if (variable.name === "OTEL_SERVICE_NAME" && isLiteral(value)) name ??= value;
      if (variable.name !== "OTEL_RESOURCE_ATTRIBUTES") continue;
      for (const [key, attribute] of resourceAttributes(value)) {
        if (key === "service.name") attributeName ??= attribute;
        if (key === "service.namespace") namespace ??= attribute;
      }
    }
  }
  const namedBy: NameRule | null =
    name !== null ? "OTEL_SERVICE_NAME" : attributeName !== null ? "OTEL_RESOURCE_ATTRIBUTES" : null;
  return { name: name ?? attributeName, namespace, namedBy };
}

/** `key=value,key=value`, values percent-encoded: OpenTelemetry "Specifying resource information via an environment variable". */
function resourceAttributes(value: string): [string, string][] {
  return value.split(",").flatMap((pair): [string, string][] => {
    const equals = pair.indexOf("=");
    if (equals < 0 || !isLiteral(pair)) return [];
    const encoded = pair.slice(equals + 1).trim();
    try {
      return [[pair.slice(0, equals).trim(), decodeURIComponent(encoded)]];
    } catch {
      return [[pair.slice(0, equals).trim(), encoded]];
    }
  });
}

/** The kubelet substitutes `$(VAR)`; the spec does not contain the value. */
function isLiteral(value: string): boolean {
  return !value.includes("$(");
}
