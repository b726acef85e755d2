import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, IP } from "../../support/cluster/client-workload.ts";
import { type PodOptions, pod } from "../../support/cluster/cluster-objects.ts";

const env = (...variables: Record<string, unknown>[]) => ({ name: "main", env: variables });
const value = (name: string, text: string) => ({ name, value: text });

interface NameCase {
  readonly title: string;
  readonly pod: PodOptions;
  readonly preferLabels?: boolean;
  readonly expect: string;
  readonly namespace?: string;
}

const ANNOTATION = { "resource.opentelemetry.io/service.name": "by-annotation" };
const LABELS = { "app.kubernetes.io/instance": "by-instance", "app.kubernetes.io/name": "by-name" };

const NAMES: readonly NameCase[] = [
  {
    title: "OTEL_SERVICE_NAME comes before everything",
    pod: {
      containers: [
        env(value("OTEL_RESOURCE_ATTRIBUTES", "service.name=by-attributes"), value("OTEL_SERVICE_NAME", "by-env")),
      ],
      annotations: ANNOTATION,
      labels: LABELS,
    },
    preferLabels: true,
    expect: "by-env",
  },
  {
    title: "service.name in OTEL_RESOURCE_ATTRIBUTES comes before the annotation",
    pod: {
      containers: [
        env(value("OTEL_RESOURCE_ATTRIBUTES", "team=a, service.name=by%20attributes ,service.namespace=caf%C3%A9")),
      ],
      annotations: ANNOTATION,
    },
    expect: "by attributes",
    namespace: "café",
  },
  {
    title: "a badly encoded attribute is taken as it is",
    pod: { containers: [env(value("OTEL_RESOURCE_ATTRIBUTES", "service.name=50%"))] },
    expect: "50%",
  },
  {
    title: "an attribute that only ends in service.name is another one",
    pod: { containers: [env(value("OTEL_RESOURCE_ATTRIBUTES", "my.service.name=wrong,service.name.long=wrong"))] },
    expect: "cart",
  },
  {
    title: "a literal service.name counts though another attribute is filled in by the kubelet",
    pod: {
      containers: [
        env(value("OTEL_RESOURCE_ATTRIBUTES", "service.name=by-attributes,k8s.pod.ip=$(POD_IP),service.namespace=web")),
      ],
    },
    expect: "by-attributes",
    namespace: "web",
  },
  {
    title: "what the kubelet fills in is not known, so the next rule names",
    pod: {
      containers: [
        env(
          { name: "OTEL_SERVICE_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
          value("OTEL_RESOURCE_ATTRIBUTES", "service.name=$(OTEL_SERVICE_NAME)"),
        ),
      ],
      annotations: ANNOTATION,
    },
    expect: "by-annotation",
  },
  {
    title: "an empty OTEL_SERVICE_NAME is none",
    pod: { containers: [env(value("OTEL_SERVICE_NAME", ""))] },
    expect: "cart",
  },
  {
    title: "the annotation comes before labels",
    pod: { annotations: ANNOTATION, labels: LABELS },
    preferLabels: true,
    expect: "by-annotation",
  },
  { title: "labels name only who opted in", pod: { labels: LABELS }, expect: "cart" },
  {
    title: "the instance label comes before the name label",
    pod: { labels: LABELS },
    preferLabels: true,
    expect: "by-instance",
  },
  {
    title: "the name label names where there is no instance label",
    pod: { labels: { "app.kubernetes.io/name": "by-name" } },
    preferLabels: true,
    expect: "by-name",
  },
  {
    title: "the annotation gives the namespace as well",
    pod: { annotations: { "resource.opentelemetry.io/service.namespace": "by-annotation" } },
    expect: "cart",
    namespace: "by-annotation",
  },
  {
    title: "the main container names before a sidecar that was started before it",
    pod: {
      initContainers: [{ ...env(value("OTEL_SERVICE_NAME", "proxy")), name: "proxy", restartPolicy: "Always" }],
      containers: [env(value("OTEL_SERVICE_NAME", "by-env"))],
    },
    expect: "by-env",
  },
  {
    title: "a container that runs only at the start does not name",
    pod: { initContainers: [{ ...env(value("OTEL_SERVICE_NAME", "migrate")), name: "migrate" }] },
    expect: "cart",
  },
];

for (const { title, pod: options, preferLabels = false, expect, namespace = "shop" } of NAMES) {
  test(`N10: ${title}`, () => {
    const objects = [pod("shop/cart-0", { ip: IP, owner: ["StatefulSet", "cart"], ...options })];
    const client = clientOf({ objects, preferLabels });
    assert.deepEqual([client.serviceName, client.serviceNamespace, client.name], [expect, namespace, "cart"]);
  });
}
