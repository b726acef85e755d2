import assert from "node:assert/strict";
import { once } from "node:events";
import type { PrometheusOptions } from "../../../src/graph-source/prometheus/prometheus-graph.ts";
import type { ServiceGraph } from "../../../src/model/service-graph.ts";
import type { ConsumerNamespace } from "./consumer-namespace.ts";
import { PORTS } from "./consumer-servers.ts";

/** The graph of the last half hour from the Prometheus in a namespace. */
export async function readPrometheusGraph(
  inside: ConsumerNamespace,
  options: PrometheusOptions = {},
): Promise<ServiceGraph> {
  const prometheus = `http://127.0.0.1:${PORTS.prometheus}`;
  const reader = inside.fork(
    new URL("./prometheus-reader.js", import.meta.url),
    JSON.stringify({ prometheus, range: "30m", ...options }),
  );
  const [{ graph, problem }] = await once(reader, "message");
  assert.equal(problem, undefined);
  return graph;
}
