import type { ServiceRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import type { End } from "../model/interaction.ts";

/** The API server is this Service on every path, whatever runs it. */
export const API_SERVER: End = { type: "service", namespace: "default", name: "kubernetes" };

/** As the index keys Services. */
export const API_SERVER_SERVICE = "default/kubernetes";

export function isApiServer({ namespace, name }: ServiceRecord): boolean {
  return namespace === "default" && name === "kubernetes";
}
