import type { End } from "../model/interaction.ts";

/** The same few `End` objects are in many interactions: each key is built once. */
const nodeKeys = new WeakMap<End, string>();
const edgeKeys = new WeakMap<End, WeakMap<End, string>>();

/** Identifies a node of the graph by its name in spans. */
export function nodeKey(end: End): string {
  let key = nodeKeys.get(end);
  if (key === undefined) {
    key = nodeText(end);
    nodeKeys.set(end, key);
  }
  return key;
}

/** Identifies an edge by the names of both ends in spans. */
export function edgeKey(client: End, server: End): string {
  let ofClient = edgeKeys.get(client);
  if (ofClient === undefined) {
    ofClient = new WeakMap();
    edgeKeys.set(client, ofClient);
  }
  let key = ofClient.get(server);
  if (key === undefined) {
    key = `${nodeKey(client)}\n\n${nodeKey(server)}`;
    ofClient.set(server, key);
  }
  return key;
}

function nodeText(end: End): string {
  switch (end.type) {
    case "workload":
      return `workload\n${end.serviceNamespace}\n${end.serviceName}`;
    case "service":
      return `service\n${end.namespace}\n${end.name}`;
    case "unresolved":
      return "unresolved";
    default:
      return `${end.type}\n${end.name}`;
  }
}
