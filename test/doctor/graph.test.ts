// doctor's look at the graph, on a server that answers as Prometheus would.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import type { Finding } from "../../src/doctor/finding.ts";
import { GraphCheck } from "../../src/doctor/graph.ts";
import { Prometheus } from "../../src/doctor/prometheus.ts";

const BOUND = { timeout: 60_000 };
const TOTAL = "traces_service_graph_request_total";

/** What a Prometheus knows: how many test pairs, and which of the other series there are. */
interface Known {
  readonly counted: number;
  readonly others?: boolean;
  readonly collector?: boolean;
  readonly sampler?: boolean;
}

/** The finding on the graph when 10 pairs were sent, and waited for no longer than it takes to look once. */
async function graphOf(t: TestContext, { counted, others, collector, sampler }: Known): Promise<Finding | undefined> {
  const one = (isThere = false) => (isThere ? [{ metric: {}, value: [1, "1"] }] : []);
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
  const check = await GraphCheck.start(new Prometheus(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), 0);
  return (await check.findings(10)).find((finding) => finding.check === "graph");
}

const CASES: readonly { name: string; known: Known; status: Finding["status"]; says: RegExp }[] = [
  { name: "all pairs", known: { counted: 10 }, status: "ok", says: /all 10 test pairs are in the graph, once/ },
  { name: "some pairs", known: { counted: 4 }, status: "failed", says: /only 4 of 10/ },
  { name: "too many", known: { counted: 20 }, status: "failed", says: /10 test pairs are counted as 20/ },
  {
    name: "none, with a sampler",
    known: { counted: 0, others: true, collector: true, sampler: true },
    status: "failed",
    says: /none of 10 .*: a sampler stands before/,
  },
  {
    name: "none, but other edges",
    known: { counted: 0, others: true, collector: true },
    status: "failed",
    says: /none of 10 .*: there are other edges/,
  },
  {
    name: "none, with a Collector that draws nothing",
    known: { counted: 0, collector: true },
    status: "failed",
    says: /no service_graph connector [^;]*; add it/,
  },
  {
    name: "nothing",
    known: { counted: 0 },
    status: "failed",
    says: /no service_graph connector .*, or this Prometheus/,
  },
];
for (const { name, known, status, says } of CASES) {
  test(`of ten test pairs Prometheus shows: ${name}`, BOUND, async (t) => {
    const finding = await graphOf(t, known);
    assert.equal(finding?.status, status, finding?.text);
    assert.match(finding?.text ?? "", says);
  });
}
