// The check of the graph, against a server with the API of Prometheus.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import type { Finding } from "../../src/doctor/finding.ts";
import { GraphCheck } from "../../src/doctor/graph.ts";
import { Prometheus } from "../../src/prometheus/prometheus.ts";
import { readPrometheusAccess } from "../../src/prometheus/prometheus-access.ts";

const BOUND = { timeout: 60_000 };
const TOTAL = "traces_service_graph_request_total";

/** The series in Prometheus: the number of test pairs, and other series. */
interface Stored {
  readonly counted: number;
  readonly others?: boolean;
  readonly collector?: boolean;
  readonly sampler?: boolean;
}

/** The finding of the graph after 10 pairs, with a single query for them. */
async function graphOf(t: TestContext, { counted, others, collector, sampler }: Stored): Promise<Finding | undefined> {
  const one = (exists = false) => (exists ? [{ metric: {}, value: [1, "1"] }] : []);
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? "", "http://x").searchParams.get("query") ?? "";
    const series = [{ metric: { __name__: TOTAL, client: "a", server: "b" }, value: [1, String(counted)] }];
    const result = query.includes("probabilistic_sampler")
      ? one(sampler)
      : query.includes("otelcol_receiver")
        ? one(collector)
        : query.startsWith("count(")
          ? one(others)
          : counted > 0
            ? series
            : [];
    response.end(JSON.stringify({ data: { result } }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const check = await GraphCheck.start(
    new Prometheus(readPrometheusAccess(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
    0,
  );
  return (await check.findings(10)).find((finding) => finding.check === "graph");
}

const CASES: readonly { name: string; stored: Stored; status: Finding["status"]; text: RegExp }[] = [
  { name: "all pairs", stored: { counted: 10 }, status: "ok", text: /the graph counts all 10 test pairs once/ },
  { name: "some pairs", stored: { counted: 4 }, status: "failed", text: /only 4 of 10/ },
  { name: "too many", stored: { counted: 20 }, status: "failed", text: /10 test pairs are counted as 20/ },
  {
    name: "none, with a sampler",
    stored: { counted: 0, others: true, collector: true, sampler: true },
    status: "failed",
    text: /none of 10 .*connector receives sampled spans/,
  },
  {
    name: "none, but other edges",
    stored: { counted: 0, others: true, collector: true },
    status: "failed",
    text: /none of 10 .*: there are other edges/,
  },
  {
    name: "none, with a Collector without a graph",
    stored: { counted: 0, collector: true },
    status: "failed",
    text: /no service_graph connector [^;]*; add it/,
  },
  {
    name: "no series",
    stored: { counted: 0 },
    status: "failed",
    text: /no service_graph connector .*, or this Prometheus/,
  },
];
for (const { name, stored, status, text } of CASES) {
  test(`of ten test pairs, Prometheus has: ${name}`, BOUND, async (t) => {
    const finding = await graphOf(t, stored);
    assert.equal(finding?.status, status, finding?.text);
    assert.match(finding?.text ?? "", text);
  });
}
