// The graph of a laboratory recording from its truth.jsonl.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TruthLine } from "../../../scripts/accuracy/truth.ts";

/** An edge of the graph as its metrics name it; nodes outside any namespace have an empty one. */
export interface TrueEdge {
  readonly client: string;
  readonly clientNamespace: string;
  readonly server: string;
  readonly serverNamespace: string;
  /** Connections and failed lookups that must be counted, and how many may be: with probes and lookups that succeeded. */
  requests: number;
  mostRequests: number;
  /** False where there were probes only: drawing them or not are both right. */
  isSure: boolean;
  failed: number;
}

interface Node {
  readonly namespace: string;
  readonly name: string;
}

const OUTSIDE: Node = { namespace: "", name: "external" };

/** A node as truth.jsonl writes it: `namespace/workload`, `node:name`, `external`, `external:name`, `service:namespace/name`. */
function nodeOf(written: string, line: TruthLine): Node {
  if (written.startsWith("node:")) return { namespace: "", name: "node" };
  if (written === "external" || written === "external:~outside") return OUTSIDE;
  if (written.startsWith("external:")) {
    // Outside names are whole where they have a dot; else it was a Service's, which stands for its target.
    const asked = line.name?.includes(".") ? line.name : written.slice("external:".length);
    return { namespace: "", name: asked.toLowerCase().replace(/\.$/, "") };
  }
  // The API server runs in a pod of its own; the cluster's name for it is this Service.
  if (written === "kube-system/kube-apiserver") return { namespace: "default", name: "kubernetes" };
  const [namespace = "", name = ""] = written.replace(/^service:/, "").split("/");
  return { namespace, name };
}

/** Whose name was looked up: `name.namespace…` for a namespace that the cluster has, else a name outside. */
function nodeOfName(name: string, namespaces: ReadonlySet<string>): Node {
  const [first = "", second = ""] = name.split(".");
  return namespaces.has(second) ? { namespace: second, name: first } : { namespace: "", name };
}

function namespacesOf(folder: string): Set<string> {
  const { items } = JSON.parse(readFileSync(join(folder, "cluster.json"), "utf8")) as {
    items: readonly { readonly metadata: { readonly namespace?: string } }[];
  };
  return new Set(items.flatMap(({ metadata }) => metadata.namespace ?? []));
}

/** Edges by `namespace/client namespace/server`. */
export function trueEdges(folder: string): Map<string, TrueEdge> {
  const namespaces = namespacesOf(folder);
  const edges = new Map<string, TrueEdge>();
  const edgeOf = (client: Node, server: Node): TrueEdge => {
    const edge = {
      client: client.name,
      clientNamespace: client.namespace,
      server: server.name,
      serverNamespace: server.namespace,
      requests: 0,
      mostRequests: 0,
      isSure: false,
      failed: 0,
    };
    const known = edges.get(edgeName(edge)) ?? edge;
    edges.set(edgeName(edge), known);
    return known;
  };
  const text = readFileSync(join(folder, "truth.jsonl"), "utf8").trim();
  for (const line of text.split("\n").map((json) => JSON.parse(json) as TruthLine)) {
    const { expect, kind } = line;
    if (expect === null) continue;
    const client = nodeOf(expect.client, line);
    const server = kind === "lookup" ? nodeOfName(expect.name ?? "", namespaces) : nodeOf(expect.server ?? "", line);
    const edge = edgeOf(client, server);
    edge.mostRequests++;
    if (line.optional === true) continue;
    edge.isSure = true;
    if (kind === "lookup" && expect.outcome === "resolved") continue;
    edge.requests++;
    if (line.outcome !== "ok") edge.failed++;
  }
  return edges;
}

export function edgeName(edge: Pick<TrueEdge, "client" | "clientNamespace" | "server" | "serverNamespace">): string {
  return `${edge.clientNamespace}/${edge.client} ${edge.serverNamespace}/${edge.server}`;
}
