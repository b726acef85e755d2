import assert from "node:assert/strict";
import { test } from "node:test";
import type { OwnSpans } from "../../../src/model/interaction.ts";
import { clientOf, IP } from "../../support/cluster/client-workload.ts";
import { deployed, type PodOptions, pod, service, slice, threeNodes } from "../../support/cluster/cluster-objects.ts";
import { connection, reported } from "../../support/cluster/watched-cluster.ts";

const value = (name: string, text: string) => ({ name, value: text });
const from = (name: string) => ({ name, valueFrom: { secretKeyRef: { name: "telemetry", key: "value" } } });
const container = (...env: Record<string, unknown>[]) => ({ name: "main", env });
const ENDPOINT = value("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.observability:4317");
const inject = (language: string, text: string) => ({ [`instrumentation.opentelemetry.io/inject-${language}`]: text });

const cases: { title: string; pod: PodOptions; expect: OwnSpans }[] = [
  { title: "a spec without telemetry settings", pod: {}, expect: "unsaid" },
  { title: "an OTLP endpoint", pod: { containers: [container(ENDPOINT)] }, expect: "sent" },
  {
    title: "an OTLP endpoint for traces",
    pod: { containers: [container(value("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://otlp.example.com"))] },
    expect: "sent",
  },
  {
    title: "an OTLP endpoint that the kubelet substitutes",
    pod: { containers: [container(value("OTEL_EXPORTER_OTLP_ENDPOINT", "http://$(HOST_IP):4317"))] },
    expect: "sent",
  },
  {
    title: "an OTLP endpoint from a secret",
    pod: { containers: [container(from("OTEL_EXPORTER_OTLP_ENDPOINT"))] },
    expect: "sent",
  },
  {
    title: "an empty OTLP endpoint, which counts as unset",
    pod: { containers: [container(value("OTEL_EXPORTER_OTLP_ENDPOINT", ""))] },
    expect: "unsaid",
  },
  {
    title: "an exporter of traces",
    pod: { containers: [container(value("OTEL_TRACES_EXPORTER", "console, OTLP"))] },
    expect: "sent",
  },
  {
    title: "an endpoint, and no exporter of traces",
    pod: { containers: [container(ENDPOINT, value("OTEL_TRACES_EXPORTER", "none"))] },
    expect: "not_sent",
  },
  {
    title: "an endpoint, and traces on the console",
    pod: { containers: [container(ENDPOINT, value("OTEL_TRACES_EXPORTER", "console"))] },
    expect: "not_sent",
  },
  {
    title: "an endpoint, and an exporter of traces from a secret",
    pod: { containers: [container(ENDPOINT, from("OTEL_TRACES_EXPORTER"))] },
    expect: "sent",
  },
  {
    title: "an endpoint, and an SDK that is disabled",
    pod: { containers: [container(ENDPOINT, value("OTEL_SDK_DISABLED", "true"))] },
    expect: "not_sent",
  },
  {
    title: "an endpoint, and a sampler that is always off",
    pod: { containers: [container(ENDPOINT, value("OTEL_TRACES_SAMPLER", "parentbased_always_off"))] },
    expect: "not_sent",
  },
  {
    title: "an endpoint for metrics alone",
    pod: { containers: [container(value("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://collector:4317"))] },
    expect: "not_sent",
  },
  { title: "the operator's annotation", pod: { annotations: inject("java", "true") }, expect: "sent" },
  {
    title: "the operator's annotation with the name of an Instrumentation",
    pod: { annotations: inject("nodejs", "observability/default") },
    expect: "sent",
  },
  { title: "the operator's annotation, turned off", pod: { annotations: inject("java", "false") }, expect: "unsaid" },
  {
    title: "the operator's annotation on a container whose SDK exports no traces",
    pod: { annotations: inject("java", "true"), containers: [container(value("OTEL_TRACES_EXPORTER", "none"))] },
    expect: "not_sent",
  },
  {
    title: "one container of two",
    pod: { containers: [container(value("OTEL_TRACES_EXPORTER", "none")), container(ENDPOINT)] },
    expect: "sent",
  },
  {
    title: "a container with an OTLP port: a Collector",
    pod: { containers: [{ ...container(ENDPOINT), ports: [{ containerPort: 4317 }] }] },
    expect: "not_sent",
  },
  {
    title: "an application beside its own Collector",
    pod: {
      containers: [container(ENDPOINT)],
      initContainers: [{ name: "otc", restartPolicy: "Always", ports: [{ containerPort: 4317 }] }],
    },
    expect: "sent",
  },
];

for (const { title, pod: options, expect } of cases) {
  test(`own spans by the pod's spec, ${expect}: ${title}`, () => {
    const client = clientOf({ objects: [pod("shop/cart", { ip: IP, ...options })] });
    assert.equal(client.ownSpans, expect);
  });
}

test("a Service stands for one workload even if only some of its pods export spans", () => {
  const [set, old] = deployed("shop/cart", { ip: "10.244.2.1", node: "b" });
  const [, next] = deployed("shop/cart", {
    ip: "10.244.2.2",
    node: "b",
    pod: "cart-2",
    containers: [container(ENDPOINT)],
  });
  assert.ok(set && old && next);
  const objects = [
    ...threeNodes(),
    pod("shop/web", { ip: IP }),
    set,
    old,
    next,
    service("shop/cart", { ip: "10.96.0.9" }),
    slice("shop/cart", 8080, [old, next]),
  ];
  const [only] = reported({ objects }, [connection({ at: 1, from: IP, to: "10.96.0.9:80", outcome: "refused" })]);
  assert.equal(only?.interaction.server.type, "workload");
});
