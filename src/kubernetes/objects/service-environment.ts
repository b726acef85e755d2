import type { NameRule } from "../../model/service-graph.ts";
import { isLiteral, resourceAttributes } from "../../text/resource-attributes.ts";
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
