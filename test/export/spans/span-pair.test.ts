import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toHrTime } from "../../../src/export/spans/readable-spans.ts";
import { createSpanIds } from "../../../src/export/spans/span-ids.ts";
import { endingAt, type SpanPair, toSpanPair } from "../../../src/export/spans/span-pair.ts";
import { type End, type Interaction, OUTCOMES } from "../../../src/model/interaction.ts";
import {
  failedLookup,
  interaction,
  interactionArbitrary,
  refused,
  SAMPLE_MICROS,
  workload,
} from "../support/sample-interactions.ts";

const ids = createSpanIds();

function pairOf(changes: Interaction, keepNodes = false, count = 1): SpanPair {
  return toSpanPair(changes, { keepNodes, traceIdFor: () => ids.traceId(), spanId: ids.spanId, count });
}

test("the SERVER span is the child of the CLIENT span in the same trace, and the CLIENT span has no parent", () => {
  const { client, server } = pairOf(interaction());
  assert.equal(client.parentSpanId, null);
  assert.equal(server.parentSpanId, client.spanId);
  assert.notEqual(server.spanId, client.spanId);
  assert.deepEqual([client.kind, server.kind], ["client", "server"]);
});

test("names come from the observed workload only", () => {
  const { client, server } = pairOf(interaction());
  assert.deepEqual(client.resource.attributes, {
    "service.name": "orders",
    "service.namespace": "shop",
    "k8s.namespace.name": "shop",
    "k8s.deployment.name": "orders",
  });
  assert.equal(server.resource.attributes["service.name"], "profile");
});

test("service.namespace may differ from the Kubernetes namespace", () => {
  const named: End = { ...workload("orders"), serviceName: "orders-api", serviceNamespace: "checkout" };
  assert.deepEqual(pairOf(interaction({ client: named })).client.resource.attributes, {
    "service.name": "orders-api",
    "service.namespace": "checkout",
    "k8s.namespace.name": "shop",
    "k8s.deployment.name": "orders",
  });
});

const kinds: [string, string | null][] = [
  ["Deployment", "k8s.deployment.name"],
  ["StatefulSet", "k8s.statefulset.name"],
  ["DaemonSet", "k8s.daemonset.name"],
  ["Job", "k8s.job.name"],
  ["CronJob", "k8s.cronjob.name"],
  ["ReplicaSet", "k8s.replicaset.name"],
  ["Pod", "k8s.pod.name"],
  ["Rollout", null],
  ["constructor", null],
  ["__proto__", null],
];
for (const [kind, attribute] of kinds) {
  test(`an owner of kind ${kind} has ${attribute ?? "no Kubernetes attribute"}`, () => {
    const { attributes } = pairOf(interaction({ client: workload("orders", "shop", kind) })).client.resource;
    const owner = Object.keys(attributes).filter((key) => !/^(service|k8s\.namespace)\./.test(key));
    assert.deepEqual(owner, attribute === null ? [] : [attribute]);
  });
}

test("all nodes are one by default, and the span has the node name", () => {
  const { client } = pairOf(interaction({ client: { type: "node", name: "worker-w" } }));
  assert.deepEqual(client.resource.attributes, { "service.name": "node" });
  assert.equal(client.attributes["k8s.node.name"], "worker-w");
});

test("the span has the name of the pod, the Resource has not: the node of the graph is the workload", () => {
  const { client, server } = pairOf(interaction({ clientPod: "orders-5d9c7b8f4-x2x4z", serverPod: null }));
  assert.equal(client.attributes["k8s.pod.name"], "orders-5d9c7b8f4-x2x4z");
  assert.ok(!("k8s.pod.name" in client.resource.attributes));
  assert.ok(!("k8s.pod.name" in server.attributes));
});

test("nodes keep their names with keepNodes", () => {
  const { client } = pairOf(interaction({ client: { type: "node", name: "worker-w" } }), true);
  assert.equal(client.resource.attributes["service.name"], "worker-w");
});

test("a Service without a workload has name and namespace, also as peer on the CLIENT span", () => {
  const { client, server } = pairOf(interaction({ server: { type: "service", namespace: "shop", name: "gone" } }));
  assert.deepEqual(server.resource.attributes, {
    "service.name": "gone",
    "service.namespace": "shop",
    "k8s.namespace.name": "shop",
    "k8s.service.name": "gone",
  });
  assert.equal(client.attributes["service.peer.name"], "gone");
  assert.equal(client.attributes["service.peer.namespace"], "shop");
});

test("the CLIENT span names its peer like the Resource of the peer, by service.namespace", () => {
  const named: End = { ...workload("orders"), serviceName: "orders-api", serviceNamespace: "checkout" };
  const { client } = pairOf(interaction({ server: named }));
  assert.equal(client.attributes["service.peer.name"], "orders-api");
  assert.equal(client.attributes["service.peer.namespace"], "checkout");
});

test("an external end has its name and no namespace", () => {
  const { server } = pairOf(interaction({ server: { type: "external", name: "api.example.com" } }));
  assert.deepEqual(server.resource.attributes, { "service.name": "api.example.com" });
});

test("an address is never a service name", () => {
  const { client, server } = pairOf(interaction({ server: { type: "unresolved", address: "10.9.9.9" } }));
  assert.deepEqual(server.resource.attributes, { "service.name": "unresolved" });
  assert.equal(client.attributes["peer.service"], "unresolved");
});

test("both spans start at the first SYN and end at the outcome, exact to the nanosecond", () => {
  const pair = pairOf(interaction({ timeMicros: SAMPLE_MICROS + 0.25, durationMicros: 412 }));
  assert.deepEqual(toHrTime(pair.startMicros), [1_795_420_800, 250]);
  assert.deepEqual(toHrTime(pair.endMicros), [1_795_420_800, 412_250]);
});

test("nanoseconds that round up to a second carry over", () => {
  assert.deepEqual(toHrTime(1_999_999.9999), [2, 0]);
});

test("the end is never before the start, also with broken clocks", () => {
  fc.assert(
    fc.property(interactionArbitrary, fc.double(), (any, end) => {
      for (const pair of [pairOf(any), endingAt(pairOf(any), end)]) {
        const [startSeconds, startNanos] = toHrTime(pair.startMicros);
        const [endSeconds, endNanos] = toHrTime(pair.endMicros);
        assert.ok(startSeconds >= 0 && startNanos >= 0 && startNanos < 1e9 && endNanos >= 0 && endNanos < 1e9);
        assert.ok(endSeconds > startSeconds || (endSeconds === startSeconds && endNanos >= startNanos));
      }
    }),
  );
});

test("a shifted pair ends at the given time and keeps its duration", () => {
  const moved = endingAt(pairOf(interaction({ durationMicros: 412 })), SAMPLE_MICROS + 9_000_000);
  assert.equal(moved.endMicros, SAMPLE_MICROS + 9_000_000);
  assert.equal(moved.endMicros - moved.startMicros, 412);
});

const failures: [Interaction["outcome"], NonNullable<Interaction["errorType"]>][] = [
  ["refused", "connection_refused"],
  ["timed_out", "timed_out"],
  ["unreachable", "host_unreachable"],
  ["unreachable", "network_unreachable"],
  ["host_not_found", "host_not_found"],
  ["try_again", "try_again"],
];
for (const [outcome, errorType] of failures) {
  test(`${outcome} (${errorType}) is a failure on both spans`, () => {
    const pair = pairOf(interaction({ outcome, errorType }));
    assert.equal(pair.failed, true);
    assert.equal(pair.client.attributes["error.type"], errorType);
    assert.equal(pair.server.attributes["error.type"], errorType);
  });
}

test("success has no error.type and no error status", () => {
  for (const outcome of ["established", "resolved"] as const) {
    const pair = pairOf(interaction({ outcome }));
    assert.equal(pair.failed, false);
    assert.ok(!("error.type" in pair.client.attributes) && !("error.type" in pair.server.attributes));
  }
});

test("no attribute makes a database edge", () => {
  fc.assert(
    fc.property(interactionArbitrary, (any) => {
      const pair = pairOf(any);
      for (const half of [pair.client, pair.server]) {
        const keys = [...Object.keys(half.attributes), ...Object.keys(half.resource.attributes)];
        assert.deepEqual(
          keys.filter((key) => key.startsWith("db.")),
          [],
        );
      }
    }),
  );
});

test("the CLIENT span names its peer with the old and the new attributes", () => {
  const { client, server } = pairOf(interaction());
  assert.equal(client.attributes["peer.service"], "profile");
  assert.equal(client.attributes["service.peer.name"], "profile");
  assert.equal(client.attributes["service.peer.namespace"], "media");
  assert.ok(!("peer.service" in server.attributes));
});

test("the attributes of a connection are complete", () => {
  const { client, server } = pairOf(
    refused({ canonicalName: "profile.example.net", retries: 2, server: { type: "node", name: "worker-m" } }),
  );
  const shared = {
    "wirespan.synthetic": true,
    "wirespan.evidence": "handshake",
    "wirespan.outcome": "refused",
    "wirespan.name.age_ms": 22,
    "wirespan.name.canonical": "profile.example.net",
    "wirespan.retries": 2,
    "wirespan.reporter": "worker-w",
    "server.address": "profile-svc.media.svc.cluster.local",
    "server.port": 9000,
    "client.address": "10.42.2.23",
    "network.transport": "tcp",
    "network.type": "ipv4",
    "error.type": "connection_refused",
  };
  assert.deepEqual(client.attributes, {
    ...shared,
    "network.peer.address": "10.42.1.15",
    "network.peer.port": 3000,
    "peer.service": "node",
    "service.peer.name": "node",
  });
  assert.deepEqual(server.attributes, {
    ...shared,
    "network.peer.address": "10.42.2.23",
    "network.peer.port": 40681,
    "k8s.node.name": "worker-m",
  });
});

test("a lookup has its question and no transport", () => {
  const { name, client } = pairOf(failedLookup());
  assert.equal(name, "dns lookup");
  assert.equal(client.attributes["dns.question.name"], "gone.shop.svc.cluster.local");
  assert.ok(!("network.transport" in client.attributes));
});

test("there are two span names", () => {
  const names = OUTCOMES.flatMap((outcome) =>
    (["handshake", "socket", "lookup"] as const).map((evidence) => pairOf(interaction({ outcome, evidence })).name),
  );
  assert.deepEqual(new Set(names), new Set(["tcp connect", "dns lookup"]));
});

test("a pair that represents N connections has 1/N on both spans, and other pairs have no multiplier", () => {
  for (const count of [2, 3, 49, 10_000]) {
    const { client, server } = pairOf(interaction(), false, count);
    for (const { attributes } of [client, server]) {
      const ratio = attributes["wirespan.span_multiplier"];
      assert.equal(Math.round(1 / Number(ratio)), count);
      assert.ok(!Number.isInteger(ratio), "a whole number is encoded as an integer, which Tempo passes over");
    }
  }
  const { client, server } = pairOf(interaction());
  for (const { attributes } of [client, server]) assert.ok(!("wirespan.span_multiplier" in attributes));
});
