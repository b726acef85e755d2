import type { GraphNode } from "../model/service-graph.ts";

/** The API server is the Service `kubernetes` of namespace `default`; its endpoints are processes of nodes. */
export function isApiServer({ type, namespace, name }: GraphNode): boolean {
  return type === "service" && namespace === "default" && name === "kubernetes";
}
