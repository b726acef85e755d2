import { EdgeStore } from "../../../src/graph/store/edge-store.ts";
import type { End, Interaction, Workload } from "../../../src/model/interaction.ts";
import type { GraphNode, ServiceGraph } from "../../../src/model/service-graph.ts";
import { makeInteraction } from "../../render/support/shop-graph.ts";

export function workload(name: string, namespace = "shop", kind = "Deployment"): Workload {
  const serviceNamespace = namespace;
  return { type: "workload", namespace, name, kind, serviceName: name, serviceNamespace, ownSpans: "unsaid" };
}

/** An interaction of `client` and `server`, by their names in the namespace `shop`, or as ends. */
export function call(client: string | End, server: string | End, fields: Partial<Interaction> = {}): Interaction {
  const end = (one: string | End): End => (typeof one === "string" ? workload(one) : one);
  return makeInteraction({ ...fields, client: end(client), server: end(server) });
}

export function graphOf(interactions: readonly Interaction[]): ServiceGraph {
  const store = new EdgeStore({ singleUnresolved: true });
  for (const interaction of interactions) store.add(interaction);
  return store.graph();
}

/** The node with this name. */
export function nodeOf(graph: ServiceGraph, name: string): GraphNode {
  const node = graph.nodes.find((one) => one.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
}

/** Online Boutique by its own `*_SERVICE_ADDR` variables, with its Redis and its load generator: 16 edges. */
export function onlineBoutique(): ServiceGraph {
  const calls: Readonly<Record<string, readonly string[]>> = {
    loadgenerator: ["frontend"],
    frontend: ["productcatalog", "currency", "cart", "recommendation", "shipping", "checkout", "ad"],
    checkout: ["productcatalog", "shipping", "payment", "email", "currency", "cart"],
    recommendation: ["productcatalog"],
    cart: ["redis-cart"],
  };
  return graphOf(Object.entries(calls).flatMap(([client, servers]) => servers.map((server) => call(client, server))));
}
