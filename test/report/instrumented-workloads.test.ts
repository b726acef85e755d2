import assert from "node:assert/strict";
import { test } from "node:test";
import type { End, Interaction, OwnSpans, Workload } from "../../src/model/interaction.ts";
import { InstrumentedWorkloads } from "../../src/report/instrumented-workloads.ts";
import { interaction, refused, SAMPLE_MICROS, workload } from "../export/support/sample-interactions.ts";

const HOUR = 3_600_000_000;

function withSpec(name: string, ownSpans: OwnSpans, kind = "Deployment"): Workload {
  return { ...workload(name, "shop", kind), ownSpans };
}

function connected(client: End, server: End, port = 80, more: Partial<Interaction> = {}): Interaction {
  const address = { address: "10.42.1.15", port };
  return interaction({ client, server, dialled: address, serverAddress: address, ...more });
}

const cart = workload("cart");
const orders = workload("orders");
const collector = workload("collector", "observability");

/** Whether both ends of the edge cart → orders count as instrumented after these interactions. */
function areBothAfter(seen: readonly Interaction[], edge: Interaction = connected(cart, orders)): boolean {
  const workloads = new InstrumentedWorkloads();
  for (const one of seen) workloads.rolesOf(one);
  const { client, server } = workloads.rolesOf(edge);
  return client === "sends" && server === "sends";
}

const otlp = (client: End, more: Partial<Interaction> = {}) => connected(client, collector, 4317, more);

const cases: { title: string; seen: readonly Interaction[]; edge?: Interaction; expect: boolean }[] = [
  { title: "two workloads without any evidence", seen: [], expect: false },
  { title: "both connect to a Collector over OTLP/gRPC", seen: [otlp(cart), otlp(orders)], expect: true },
  {
    title: "both connect to a Collector over OTLP/HTTP",
    seen: [connected(cart, collector, 4318), connected(orders, collector, 4318)],
    expect: true,
  },
  { title: "only the client connects to a Collector", seen: [otlp(cart)], expect: false },
  { title: "only the server connects to a Collector", seen: [otlp(orders)], expect: false },
  {
    title: "a Service port is no OTLP port, the endpoint port behind it is",
    seen: [cart, orders].map((client) =>
      otlp(client, {
        dialled: { address: "10.96.0.7", port: 80 },
        serverAddress: { address: "10.42.1.9", port: 4317 },
      }),
    ),
    expect: true,
  },
  {
    title: "an OTLP endpoint outside the cluster",
    seen: [cart, orders].map((client) => connected(client, { type: "external", name: "otlp.example.com" }, 4317)),
    expect: true,
  },
  {
    title: "a Collector refuses the connections",
    seen: [cart, orders].map((client) => otlp(client, { outcome: "refused", errorType: "connection_refused" })),
    expect: false,
  },
  {
    title: "both connect to the Zipkin port of a workload that receives OTLP",
    seen: [otlp(workload("other")), connected(cart, collector, 9411), connected(orders, collector, 14268)],
    expect: true,
  },
  {
    title: "both connect to the Zipkin port of a workload that receives no OTLP",
    seen: [connected(cart, workload("zipkin"), 9411), connected(orders, workload("zipkin"), 9411)],
    expect: false,
  },
  {
    title: "a client scrapes the metrics of a Collector",
    seen: [otlp(orders), connected(cart, collector, 8888)],
    expect: false,
  },
  {
    title: "the client receives OTLP itself, and passes on spans of others",
    seen: [otlp(orders), connected(workload("other"), cart, 4317), connected(cart, collector, 4317)],
    expect: false,
  },
  {
    title: "the client is a DaemonSet, which passes on spans of its node's pods",
    seen: [otlp(withSpec("cart", "sent", "DaemonSet")), otlp(orders)],
    edge: connected(withSpec("cart", "sent", "DaemonSet"), orders),
    expect: false,
  },
  {
    title: "both pod specs configure span export",
    seen: [],
    edge: connected(withSpec("cart", "sent"), withSpec("orders", "sent")),
    expect: true,
  },
  {
    title: "one pod spec configures span export, and the other end connects to a Collector",
    seen: [otlp(orders)],
    edge: connected(withSpec("cart", "sent"), orders),
    expect: true,
  },
  {
    title: "a pod spec disables span export, so its connection to a Collector carries metrics or logs",
    seen: [otlp(withSpec("cart", "not_sent")), otlp(orders)],
    edge: connected(withSpec("cart", "not_sent"), orders),
    expect: false,
  },
  {
    title: "a failed connection between two instrumented workloads",
    seen: [],
    edge: refused({ client: withSpec("cart", "sent"), server: withSpec("orders", "sent") }),
    expect: true,
  },
  {
    title: "the client is a node",
    seen: [otlp({ type: "node", name: "worker-1" }), otlp(orders)],
    edge: connected({ type: "node", name: "worker-1" }, orders),
    expect: false,
  },
  {
    title: "a workload of the same name in another namespace connects to a Collector",
    seen: [otlp(workload("cart", "staging")), otlp(orders)],
    expect: false,
  },
  {
    title: "the connections to a Collector are 23 hours old",
    seen: [otlp(cart), otlp(orders)],
    edge: connected(cart, orders, 80, { timeMicros: SAMPLE_MICROS + 23 * HOUR }),
    expect: true,
  },
  {
    title: "the connections to a Collector are 24 hours old",
    seen: [otlp(cart), otlp(orders)],
    edge: connected(cart, orders, 80, { timeMicros: SAMPLE_MICROS + 24 * HOUR }),
    expect: false,
  },
];

for (const { title, seen, edge, expect } of cases) {
  test(`both ends are ${expect ? "" : "not "}instrumented: ${title}`, () => {
    assert.equal(areBothAfter(seen, edge), expect);
  });
}

test("an edge from an application to its Collector is not between instrumented workloads", () => {
  assert.equal(areBothAfter([otlp(cart), otlp(orders)], otlp(cart)), false);
});

test("a flood of new workloads is bounded by two generations of each kind", () => {
  const workloads = new InstrumentedWorkloads(100);
  for (let i = 0; i < 10_000; i++) {
    workloads.rolesOf(connected(workload(`job-${i}`), workload(`collector-${i}`), 4317));
  }
  assert.ok(workloads.size <= 400, `${workloads.size}`);
});
