import { intentsOf } from "../access/intents/intents.ts";
import { type IntentsVersion, intentsDocuments } from "../access/intents/intents-documents.ts";
import { graphFileChunks } from "../graph/file/graph-file.ts";
import type { ServiceGraph } from "../model/service-graph.ts";
import type { GraphSource } from "../telemetry/graph-endpoint.ts";

const VERSION: IntentsVersion = "v2beta1";

/** ClientIntents of a graph, a file for each workload. */
export function intentsFiles(graph: ServiceGraph): ReturnType<typeof intentsDocuments> {
  return intentsDocuments(intentsOf(graph).clients, { version: VERSION, hasComments: true });
}

/** What /graph serves. */
export function graphSource(graph: () => ServiceGraph | null): GraphSource {
  return {
    chunks() {
      const kept = graph();
      return kept === null ? null : graphFileChunks(kept);
    },
    get edgeCount() {
      return graph()?.edges.length ?? 0;
    },
  };
}

/** What /intents serves: a stream of YAML documents. */
export function intentsSource(graph: () => ServiceGraph | null): GraphSource {
  return {
    chunks() {
      const kept = graph();
      return kept === null ? null : intentsFiles(kept).map(({ yaml }) => `---\n${yaml}`);
    },
    get edgeCount() {
      return graph()?.edges.length ?? 0;
    },
  };
}
