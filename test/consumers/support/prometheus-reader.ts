// Reads the graph from Prometheus inside a namespace, as the commands do: arguments are PrometheusOptions as JSON.
import { readPrometheusGraph } from "../../../src/graph-source/prometheus/prometheus-graph.ts";

readPrometheusGraph(JSON.parse(process.argv[2] ?? "{}")).then(
  (graph) => process.send?.({ graph }),
  (error: Error) => process.send?.({ problem: error.message }),
);
