// Edges from counters of a Collector, of Tempo, and of both.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestCounters } from "../../../src/graph-source/prometheus/request-counters.ts";
import { requestEdges } from "../../../src/graph-source/prometheus/request-edges.ts";
import type { SampledSeries } from "../../../src/prometheus/prometheus.ts";

const START = 1_795_000_200;
const MINUTE = 60;

type Values = readonly (readonly [minute: number, value: number])[];

const TOTAL = "traces_service_graph_request_total";

function series(values: Values, labels: Readonly<Record<string, string>> = {}): SampledSeries {
  return {
    labels: { __name__: TOTAL, client: "web", server: "db", ...labels },
    samples: values.map(([minute, value]) => [START + minute * MINUTE, String(value)] as const),
  };
}

const COLLECTOR = { failed: "false", job: "service-graph" };
const TEMPO = { source: "tempo" };

function edgesOf(all: readonly SampledSeries[]) {
  const counters = new RequestCounters(true);
  counters.addPage(all, START);
  return requestEdges(counters);
}

const steady = (value: number): Values => Array.from({ length: 20 }, (_, minute) => [minute, value] as const);

test("a Collector's counter that rises after a quarter of an hour had been deleted, and began at 0", () => {
  const { edges } = edgesOf([series([...steady(5), [20, 7]], COLLECTOR)]);
  // The first sample is at the start of the range: its value is from before it.
  assert.equal(edges[0]?.total, 7);
});

test("Tempo's writes a 0 when it begins again, and otherwise goes on", () => {
  const { edges } = edgesOf([series([...steady(5), [20, 7]], TEMPO)]);
  assert.equal(edges[0]?.total, 2);
  const again = edgesOf([series([...steady(5), [20, 0], [21, 7]], TEMPO)]);
  assert.equal(again.edges[0]?.total, 7);
});

for (const [collector, tempo, used] of [
  [8, 8, "collector"],
  [7, 8, "tempo"],
  [8, 7, "collector"],
] as const) {
  test(`of an edge that a Collector counted ${collector} times and Tempo ${tempo}, ${used} is used`, () => {
    const { edges, countedTwice } = edgesOf([
      series([[1, collector]], COLLECTOR),
      series([[1, 3]], { ...COLLECTOR, server: "cache" }),
      series([[1, tempo]], TEMPO),
      series([[1, 2]], { ...TEMPO, server: "queue" }),
    ]);
    assert.deepEqual(
      edges.map(({ server, producer, total }) => [server.name, producer, total]),
      [
        ["cache", "collector", 3],
        ["db", used, Math.max(collector, tempo)],
        ["queue", "tempo", 2],
      ],
    );
    assert.equal(countedTwice, 1);
  });
}

test("an edge without a connection in the range is not in the graph", () => {
  assert.deepEqual(
    edgesOf([
      series(
        [
          [0, 5],
          [1, 5],
        ],
        COLLECTOR,
      ),
    ]).edges,
    [],
  );
});

const ENDS: readonly [Readonly<Record<string, string>>, string][] = [
  [{}, "external//db"],
  [{ server: "node" }, "node//node"],
  [{ server: "unresolved" }, "unresolved//unresolved"],
  [{ server: "worker-1", server_k8s_node_name: "worker-1" }, "node//worker-1"],
  [{ server_service_namespace: "shop" }, "workload/shop/db"],
  [{ server_service_namespace: "shop", server_k8s_service_name: "db" }, "service/shop/db"],
  [{ server_service_namespace: "team", server_k8s_namespace_name: "shop" }, "workload/shop/db"],
  [{ server_service_namespace: "shop", server_k8s_statefulset_name: "db-0" }, "workload/shop/db"],
];
for (const [labels, id] of ENDS) {
  test(`a server with ${JSON.stringify(labels)} is ${id}`, () => {
    const [edge] = edgesOf([series([[1, 1]], { ...COLLECTOR, ...labels })]).edges;
    assert.equal(edge?.server.id, id);
    assert.equal(edge.server.kind, labels.server_k8s_statefulset_name === undefined ? null : "StatefulSet");
  });
}
