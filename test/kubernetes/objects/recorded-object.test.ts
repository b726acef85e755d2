import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readClusterFile } from "../../../src/kubernetes/files/cluster-file.ts";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { recordedObject } from "../../../src/kubernetes/objects/recorded-object.ts";
import { trimObject } from "../../../src/kubernetes/objects/trim-object.ts";
import { RECORDING } from "../../support/cli/wirespan.ts";
import { sharedPath } from "../../support/paths.ts";

function changesNames(object: KubernetesObject): boolean {
  const isSame = (preferLabels: boolean) =>
    JSON.stringify(trimObject(recordedObject(object), preferLabels)) ===
    JSON.stringify(trimObject(object, preferLabels));
  return !isSame(false) || !isSame(true);
}

test("a record of the demo's cluster gives the same names as the cluster", () => {
  const objects = readClusterFile(`${RECORDING}/cluster.json`);
  assert.ok(objects.length > 20);
  assert.deepEqual(objects.filter(changesNames), []);
});

for (const seed of ["dev-1", "dev-2", "dev-3"]) {
  test(`a record of the cluster ${seed} gives the same names as the cluster`, (t) => {
    const path = sharedPath(t, "lab-captures", seed, "cluster.json");
    if (path === null) return;
    assert.deepEqual(readClusterFile(path).filter(changesNames), []);
  });
}

test("a record of any OpenTelemetry variables gives the same names and own spans as the pod", () => {
  const names = [
    "OTEL_SERVICE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_TRACES_EXPORTER",
    "OTEL_TRACES_SAMPLER",
    "OTEL_SDK_DISABLED",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "HOME",
  ];
  const value = fc.constantFrom("", "otlp", "none", "true", "always_off", "orders", "service.name=a,b=c", "$(X)");
  const source = fc.record({ secretKeyRef: fc.constant({ name: "s" }) });
  const variable = fc.record({ name: fc.constantFrom(...names), value, valueFrom: source }, { requiredKeys: ["name"] });
  const injected = { "instrumentation.opentelemetry.io/inject-java": "true" };
  const pods = fc.record({ env: fc.array(variable), annotations: fc.constantFrom(undefined, injected) });
  fc.assert(
    fc.property(pods, ({ env, annotations }) => {
      const spec = { containers: [{ name: "c", env, ports: [{ containerPort: 80 }] }] };
      assert.equal(
        changesNames({ kind: "Pod", metadata: { name: "p", ...(annotations && { annotations }) }, spec }),
        false,
      );
    }),
  );
});

test("a record contains no secrets: only variables that name the workload, and no manifest", () => {
  const env = [
    { name: "DATABASE_PASSWORD", value: "hunter2" },
    { name: "OTEL_EXPORTER_OTLP_HEADERS", value: "api-key=hunter2" },
    { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "https://user:hunter2@collector:4317" },
    { name: "OTEL_SERVICE_NAME", value: "orders" },
    { name: "OTEL_RESOURCE_ATTRIBUTES", value: "token=hunter2,service.namespace=shop" },
  ];
  const manifest = {
    "kubectl.kubernetes.io/last-applied-configuration": '{"env":"hunter2"}',
    "kapp.k14s.io/original": "hunter2",
  };
  const container = { name: "c", image: "i", args: ["--password=hunter2"], env };
  const pod = {
    kind: "Pod",
    metadata: { name: "orders-1", uid: "u", annotations: manifest, managedFields: [{}] },
    spec: { nodeName: "n", containers: [container], initContainers: [container], volumes: [{ secret: {} }] },
    status: { podIP: "10.0.0.1", message: "evicted by ops" },
  };
  const endpoint = { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "(not recorded)" };
  const kept = {
    name: "c",
    env: [
      endpoint,
      { name: "OTEL_SERVICE_NAME", value: "orders" },
      { name: "OTEL_RESOURCE_ATTRIBUTES", value: "service.namespace=shop" },
    ],
  };
  assert.deepEqual(recordedObject(pod), {
    kind: "Pod",
    metadata: { name: "orders-1", uid: "u", annotations: {} },
    spec: { nodeName: "n", containers: [kept], initContainers: [kept] },
    status: { podIP: "10.0.0.1" },
  });
  assert.doesNotMatch(JSON.stringify(recordedObject(pod)), /hunter2/);
});

test("a record keeps what networks and controllers note in annotations and labels", () => {
  const annotations = {
    "k8s.ovn.org/node-subnets": '{"default":["10.128.0.0/23"]}',
    "k8s.ovn.org/node-gateway-router-lrp-ifaddrs": '{"default":{"ipv4":"100.64.0.2/16"}}',
    "ovn.kubernetes.io/ip_address": "100.65.0.2",
    "k8s.v1.cni.cncf.io/network-status": '[{"ips":["172.30.5.7"]}]',
    "openshift.io/deployment-config.name": "orders",
    "node.alpha.kubernetes.io/ttl": "0",
  };
  const labels = { "rollouts-pod-template-hash": "5d9c", "multicluster.kubernetes.io/service-name": "orders" };
  for (const kind of ["Node", "Pod", "Service"]) {
    for (const owner of ["ReplicationController", "ReplicaSet"]) {
      const ownerReferences = [{ kind: owner, name: "orders-5d9c", uid: "u", controller: true }];
      assert.equal(changesNames({ kind, metadata: { name: "x", annotations, labels, ownerReferences } }), false);
    }
  }
});

test("a record keeps what describes a pod, and of its command and image only the hint at the language", () => {
  const env = [{ name: "JAVA_TOOL_OPTIONS", value: "-Dpassword=hunter2" }];
  const containers = [
    {
      name: "a",
      image: "registry.example.com/hunter2/java17:1",
      command: ["sh", "-c"],
      args: ["exec java -Dp=hunter2"],
    },
    { name: "b", env },
  ];
  for (const container of containers) {
    const pod = {
      kind: "Pod",
      metadata: { name: "orders-1", labels: { app: "orders", "pod-template-hash": "5d9c", team: "shop" } },
      spec: { hostNetwork: true, containers: [container] },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    };
    assert.equal(changesNames(pod), false);
    assert.deepEqual(recordedObject(pod).metadata?.labels, pod.metadata.labels);
    assert.doesNotMatch(JSON.stringify(recordedObject(pod)), /hunter2/);
  }
});

test("a record keeps what describes a Service", () => {
  const spec = {
    type: "LoadBalancer",
    clusterIP: "None",
    selector: { app: "orders" },
    externalTrafficPolicy: "Local",
    loadBalancerSourceRanges: ["203.0.113.0/24"],
    ports: [{ name: "web", port: 80, targetPort: "http", nodePort: 30_080 }],
  };
  assert.equal(changesNames({ kind: "Service", metadata: { name: "orders" }, spec }), false);
});

test("odd objects are recorded as far as they go", () => {
  assert.deepEqual(recordedObject({ kind: "Pod", spec: { containers: "none" } }), { kind: "Pod", spec: {} });
});
