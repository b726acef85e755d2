// Every field of every kind with every JSON type: an object is valid, or ignored with one sentence. Nothing throws.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EdgeStore } from "../../../src/graph/store/edge-store.ts";
import { RemotePods, withPods } from "../../../src/kubernetes/client/remote-pods.ts";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { recordKey } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { objectFault } from "../../../src/kubernetes/objects/object-fault.ts";
import { recordedObject } from "../../../src/kubernetes/objects/recorded-object.ts";
import { trimObject } from "../../../src/kubernetes/objects/trim-object.ts";
import { GRAPH_FORMATS } from "../../../src/render/graph-formats.ts";
import { renderGraph } from "../../../src/render/render.ts";
import { connection, lookup, reported } from "../../support/cluster/watched-cluster.ts";
import { interactionLine } from "../../support/interaction-line.ts";

const LABELS = {
  "app.kubernetes.io/name": "wirespan",
  "app.kubernetes.io/instance": "main",
  "kubernetes.io/service-name": "web",
  "pod-template-hash": "abc",
};
const ANNOTATIONS = {
  "resource.opentelemetry.io/service.name": "shop-web",
  "resource.opentelemetry.io/service.namespace": "shop",
  "instrumentation.opentelemetry.io/inject-java": "true",
  "projectcalico.org/IPv4Address": "192.168.0.9/24",
};
const metadata = (name: string) => ({
  name,
  namespace: "shop",
  uid: `uid-${name}`,
  resourceVersion: "5",
  creationTimestamp: "2026-11-23T07:00:00Z",
  deletionTimestamp: "2026-11-23T10:00:00Z",
  deletionGracePeriodSeconds: 30,
  labels: LABELS,
  annotations: ANNOTATIONS,
  ownerReferences: [{ kind: "ReplicaSet", name: "web-abc", uid: "uid-web-abc", controller: true }],
});
const probe = { httpGet: { port: "http" }, tcpSocket: { port: 81 }, grpc: { port: 82 } };
const container = {
  name: "main",
  restartPolicy: "Always",
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: { postStart: probe, preStop: probe },
  ports: [{ name: "http", protocol: "TCP", containerPort: 80, hostPort: 8080, hostIP: "127.0.0.1" }],
  env: [
    { name: "OTEL_SERVICE_NAME", value: "web" },
    { name: "OTEL_RESOURCE_ATTRIBUTES", value: "service.namespace=a" },
    { name: "OTEL_EXPORTER_OTLP_ENDPOINT", valueFrom: { fieldRef: { fieldPath: "status.hostIP" } } },
  ],
};
const containerStatus = {
  restartCount: 0,
  state: { running: { startedAt: "2026-11-23T07:00:01Z" }, terminated: { startedAt: "x", finishedAt: "y" } },
};
const OBJECTS: readonly Record<string, unknown>[] = [
  {
    kind: "Pod",
    metadata: metadata("web-abc-x"),
    spec: {
      nodeName: "a",
      hostNetwork: false,
      restartPolicy: "Never",
      containers: [container],
      initContainers: [container],
    },
    status: {
      phase: "Succeeded",
      podIP: "10.244.1.5",
      podIPs: [{ ip: "10.244.1.5" }],
      hostIP: "192.168.0.1",
      hostIPs: [{ ip: "192.168.0.1" }],
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: [containerStatus],
      initContainerStatuses: [containerStatus],
    },
  },
  {
    kind: "Service",
    metadata: metadata("web"),
    spec: {
      type: "ExternalName",
      clusterIP: "10.96.0.5",
      clusterIPs: ["10.96.0.5"],
      externalIPs: ["192.0.2.5"],
      externalName: "web.example",
      ports: [{ name: "http", protocol: "TCP", port: 80, nodePort: 30080 }],
    },
    status: { loadBalancer: { ingress: [{ ip: "192.0.2.6" }] } },
  },
  {
    kind: "EndpointSlice",
    metadata: metadata("web-x"),
    ports: [{ name: "http", protocol: "TCP", port: 80 }],
    endpoints: [
      { addresses: ["10.244.1.5"], nodeName: "b", targetRef: { kind: "Pod", name: "web-abc-x", uid: "uid-web-abc-x" } },
    ],
  },
  {
    kind: "Node",
    metadata: metadata("a"),
    spec: { podCIDR: "10.244.1.0/24", podCIDRs: ["10.244.1.0/24"] },
    status: { addresses: [{ type: "InternalIP", address: "192.168.0.1" }] },
  },
  { kind: "ReplicaSet", metadata: metadata("web-abc") },
  { kind: "Job", metadata: metadata("run-1") },
];

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  7,
  1.5,
  1e300,
  "",
  "text",
  "10.0.0.9",
  "2026-11-23T07:00:00Z",
  [],
  [null],
  [[]],
  [7],
  ["text"],
  [{}],
  {},
  { toString: 1 },
  { __proto__: null, length: -1 },
  { a: { b: [1] } },
];

/** The object with each of its fields, at any depth, once with each value. */
function* mutants(value: unknown, rebuild: (value: unknown) => unknown): Generator<unknown> {
  for (const other of VALUES) yield rebuild(other);
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    yield* mutants(inner, (other) => {
      const copy = structuredClone(value);
      Reflect.set(copy, name, other);
      return rebuild(copy);
    });
  }
}

const ALL = OBJECTS.flatMap((object) => [...mutants(object, (value) => value)]);

/** Facts whose resolution reads every kind of object. */
const FACTS = [
  lookup({ at: 1, from: "10.244.1.5", name: "web.shop.svc.cluster.local", to: ["10.96.0.5"] }),
  connection({ at: 2, from: "10.244.1.5", to: "10.96.0.5", lastTo: "10.244.1.5" }),
  connection({ at: 3, from: "192.168.0.1", to: "192.168.0.1:30080" }),
  lookup({ at: 4, from: "192.168.0.1", name: "gone.shop.svc.cluster.local", rcode: 3 }),
  connection({ at: 5, from: "192.0.2.6", to: "10.244.1.5", outcome: "refused" }),
];

test("the objects from which the mutants are made are valid", () => {
  assert.deepEqual(
    OBJECTS.map(objectFault),
    OBJECTS.map(() => null),
  );
});

test("a valid object is trimmed, recorded and expanded without an error, and its texts are text", () => {
  let passed = 0;
  for (const value of ALL) {
    const fault = objectFault(value);
    assert.ok(fault === null || /^[^\n]+ (is|has no) [^\n]+$/.test(fault), String(fault));
    if (fault !== null) continue;
    passed++;
    const object = value as KubernetesObject;
    const record = trimObject(object, true);
    recordedObject(object);
    if (record === null) continue;
    assert.equal(typeof recordKey(record), "string");
    for (const [field, text] of Object.entries(record)) {
      if (/^(kind|name|namespace|uid|nodeName|serviceName|serviceNamespace|externalName|templateHash)$/.test(field)) {
        assert.ok(text === null || typeof text === "string", `${field} of ${JSON.stringify(value)}`);
      }
    }
    const expandable = withPods(record, object);
    if (expandable !== null) new RemotePods("a").expand([{ timeMicros: 1, type: "ADDED", object: expandable }]);
  }
  assert.ok(passed > ALL.length / 10 && passed < ALL.length * 0.9, `${passed} of ${ALL.length}`);
});

test("a cluster of any valid objects resolves and is rendered in every format", async () => {
  for (let i = 0; i < ALL.length; i += 97) {
    const chosen = [...OBJECTS, ...ALL.slice(i, i + 97)].filter((value) => objectFault(value) === null);
    const store = new EdgeStore();
    for (const { interaction } of reported({ objects: chosen as KubernetesObject[], node: "a" }, FACTS)) {
      store.add(interaction);
      JSON.parse(interactionLine(interaction));
    }
    for (const format of GRAPH_FORMATS) {
      // Pictures are slow, so only some of them.
      if (format !== "svg" && format !== "html") await renderGraph(store.graph(), format);
      else if (i % 970 === 0) await renderGraph(store.graph(), format);
    }
  }
});

test("the sentence names the object, the field, its type and the expected type", () => {
  const pod = (change: object) => ({ kind: "Pod", metadata: { name: "web", namespace: "shop" }, ...change });
  const faults = [
    7,
    { kind: 7 },
    { kind: "Pod" },
    { kind: "Pod", metadata: { name: "" } },
    pod({ metadata: { name: "web", namespace: "shop", uid: { toString: 1 } } }),
    pod({ metadata: { name: {}, namespace: 5 } }),
    pod({ spec: { containers: [{}, { ports: [{ containerPort: "80" }] }] } }),
    pod({ metadata: { name: "web", annotations: { "resource.opentelemetry.io/service.name": 5 } } }),
    pod({ status: [] }),
  ].map(objectFault);
  assert.deepEqual(faults, [
    "an object is a number",
    "an object's kind is a number, not text",
    "Pod (no name): metadata.name is missing",
    "Pod (no name): metadata.name is missing",
    "Pod shop/web: metadata.uid is an object, not text",
    "Pod (no name): metadata.name is an object, not text",
    "Pod shop/web: spec.containers[1].ports[0].containerPort is text, not a number",
    "Pod web: metadata.annotations.resource.opentelemetry.io/service.name is a number, not text",
    "Pod shop/web: status is a list, not an object",
  ]);
});

test("unread fields may have any value, and other kinds may use the same field names with other types", () => {
  const open = {
    kind: "Pod",
    metadata: { name: "web", annotations: { mine: 5 }, managedFields: 7 },
    spec: { volumes: "x" },
  };
  assert.equal(objectFault(open), null);
  assert.equal(objectFault({ kind: "Gateway", spec: { ports: "all" }, status: { addresses: 7 } }), null);
  assert.equal(objectFault({ kind: "Pod", metadata: { name: "web", labels: null }, spec: null, status: null }), null);
});
