import assert from "node:assert/strict";
import { test } from "node:test";
import type { End, Interaction, OwnSpans, Workload } from "../../src/model/interaction.ts";
import { HandOver } from "../../src/report/handover.ts";
import { interaction, refused, SAMPLE_MICROS, workload } from "../export/support/sample-interactions.ts";

const HOUR = 3_600_000_000;

function saying(name: string, ownSpans: OwnSpans, kind = "Deployment"): Workload {
  return { ...workload(name, "shop", kind), ownSpans };
}

function connected(client: End, server: End, port = 80, more: Partial<Interaction> = {}): Interaction {
  const address = { address: "10.42.1.15", port };
  return interaction({ client, server, dialled: address, serverAddress: address, ...more });
}

const cart = workload("cart");
const orders = workload("orders");
const collector = workload("collector", "observability");

/** Whether the edge cart → orders is handed over after these interactions. */
function isHandedOverAfter(seen: readonly Interaction[], edge: Interaction = connected(cart, orders)): boolean {
  const handOver = new HandOver();
  for (const one of seen) handOver.takes(one);
  return handOver.takes(edge);
}

const otlp = (client: End, more: Partial<Interaction> = {}) => connected(client, collector, 4317, more);

const cases: { title: string; seen: readonly Interaction[]; edge?: Interaction; expect: boolean }[] = [
  { title: "two workloads of which nothing is known are dark", seen: [], expect: false },
  { title: "both connect to a Collector over OTLP/gRPC", seen: [otlp(cart), otlp(orders)], expect: true },
  {
    title: "both connect to a Collector over OTLP/HTTP",
    seen: [connected(cart, collector, 4318), connected(orders, collector, 4318)],
    expect: true,
  },
  { title: "only the client does: the edge to its dark neighbour stays", seen: [otlp(cart)], expect: false },
  { title: "only the server does", seen: [otlp(orders)], expect: false },
  {
    title: "a Service's port is not OTLP's, the Collector's own is",
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
    title: "a Collector that refuses is no evidence",
    seen: [cart, orders].map((client) => otlp(client, { outcome: "refused", errorType: "connection_refused" })),
    expect: false,
  },
  {
    title: "Zipkin's port counts of a workload that takes OTLP",
    seen: [otlp(workload("other")), connected(cart, collector, 9411), connected(orders, collector, 14268)],
    expect: true,
  },
  {
    title: "… and of no other",
    seen: [connected(cart, workload("zipkin"), 9411), connected(orders, workload("zipkin"), 9411)],
    expect: false,
  },
  {
    title: "who scrapes a Collector's own metrics sends it nothing",
    seen: [otlp(orders), connected(cart, collector, 8888)],
    expect: false,
  },
  {
    title: "a workload that takes OTLP passes on the spans of others",
    seen: [otlp(orders), connected(workload("other"), cart, 4317), connected(cart, collector, 4317)],
    expect: false,
  },
  {
    title: "a DaemonSet sends what the node's pods have said",
    seen: [otlp(saying("cart", "sent", "DaemonSet")), otlp(orders)],
    edge: connected(saying("cart", "sent", "DaemonSet"), orders),
    expect: false,
  },
  {
    title: "both pod specs say so",
    seen: [],
    edge: connected(saying("cart", "sent"), saying("orders", "sent")),
    expect: true,
  },
  {
    title: "one spec says so, and the other end connects to a Collector",
    seen: [otlp(orders)],
    edge: connected(saying("cart", "sent"), orders),
    expect: true,
  },
  {
    title: "a spec that exports no traces outranks a connection, which then carries metrics or logs",
    seen: [otlp(saying("cart", "not_sent")), otlp(orders)],
    edge: connected(saying("cart", "not_sent"), orders),
    expect: false,
  },
  {
    title: "a failed connection between two that send",
    seen: [],
    edge: refused({ client: saying("cart", "sent"), server: saying("orders", "sent") }),
    expect: true,
  },
  {
    title: "nodes and names outside send no spans",
    seen: [otlp({ type: "node", name: "worker-1" }), otlp(orders)],
    edge: connected({ type: "node", name: "worker-1" }, orders),
    expect: false,
  },
  {
    title: "a workload of the same name in another namespace is another one",
    seen: [otlp(workload("cart", "staging")), otlp(orders)],
    expect: false,
  },
  {
    title: "a connection to a Collector is believed for hours",
    seen: [otlp(cart), otlp(orders)],
    edge: connected(cart, orders, 80, { timeMicros: SAMPLE_MICROS + 23 * HOUR }),
    expect: true,
  },
  {
    title: "… and not for ever: who sends no more comes back",
    seen: [otlp(cart), otlp(orders)],
    edge: connected(cart, orders, 80, { timeMicros: SAMPLE_MICROS + 24 * HOUR }),
    expect: false,
  },
];

for (const { title, seen, edge, expect } of cases) {
  test(`${expect ? "left to their own spans" : "not left out"}: ${title}`, () => {
    assert.equal(isHandedOverAfter(seen, edge), expect);
  });
}

test("an application's connections to its Collector are drawn, since the Collector draws none", () => {
  assert.equal(isHandedOverAfter([otlp(cart), otlp(orders)], otlp(cart)), false);
});

test("what is left out is counted", () => {
  const handOver = new HandOver();
  for (let i = 0; i < 3; i++) handOver.takes(connected(saying("cart", "sent"), saying("orders", "sent")));
  handOver.takes(connected(saying("cart", "sent"), orders));
  assert.equal(handOver.taken, 3);
});

test("ever-new workloads cost no more than two generations of each kind", () => {
  const handOver = new HandOver(100);
  for (let i = 0; i < 10_000; i++) handOver.takes(connected(workload(`job-${i}`), workload(`collector-${i}`), 4317));
  assert.ok(handOver.size <= 400, `${handOver.size}`);
});
