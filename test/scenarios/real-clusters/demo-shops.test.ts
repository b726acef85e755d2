import assert from "node:assert/strict";
import { test } from "node:test";
import type { End } from "../../../src/model/interaction.ts";
import { pod } from "../../support/cluster/cluster-objects.ts";
import { connection, reported } from "../../support/cluster/watched-cluster.ts";
import { sharedPath } from "../../support/paths.ts";
import { clusterOf, type Place } from "./manifest-cluster.ts";

const OBSERVER = "10.244.2.5";

interface Shop {
  readonly file: string;
  readonly namespace: string;
  /** `service.namespace` of its workloads, if it is not the namespace. */
  readonly serviceNamespace?: readonly string[];
  readonly workloads: readonly string[];
  /** Services with another name than their workload. */
  readonly services: Readonly<Record<string, string>>;
  /** Services with the workload's own name. */
  readonly sameNamed: readonly string[];
}

const BOUTIQUE = [
  "adservice",
  "cartservice",
  "checkoutservice",
  "currencyservice",
  "emailservice",
  "frontend",
  "paymentservice",
  "productcatalogservice",
  "recommendationservice",
  "redis-cart",
  "shippingservice",
];
const SOCKS = [
  "carts",
  "carts-db",
  "catalogue",
  "catalogue-db",
  "front-end",
  "orders",
  "orders-db",
  "payment",
  "queue-master",
  "rabbitmq",
  "session-db",
  "shipping",
  "user",
  "user-db",
];
/** These have `service.namespace=opentelemetry-demo` in their environment, and names from labels. */
const INSTRUMENTED = [
  "ad",
  "cart",
  "checkout",
  "currency",
  "email",
  "flagd",
  "frontend",
  "frontend-proxy",
  "image-provider",
  "kafka",
  "load-generator",
  "payment",
  "postgresql",
  "product-catalog",
  "quote",
  "recommendation",
  "shipping",
  "valkey-cart",
];
const WITHOUT_SERVICE = ["accounting", "fraud-detection"];

const SHOPS: readonly Shop[] = [
  {
    file: "online-boutique.kubernetes-manifests.yaml",
    namespace: "default",
    workloads: [...BOUTIQUE, "loadgenerator"],
    services: { "frontend-external": "frontend" },
    sameNamed: BOUTIQUE,
  },
  {
    file: "sock-shop.complete-demo.yaml",
    namespace: "sock-shop",
    workloads: SOCKS,
    services: {},
    sameNamed: SOCKS,
  },
  {
    file: "opentelemetry-demo.yaml",
    namespace: "otel-demo",
    serviceNamespace: [...INSTRUMENTED, ...WITHOUT_SERVICE],
    workloads: [...INSTRUMENTED, ...WITHOUT_SERVICE, "grafana", "jaeger", "opensearch", "otel-collector", "prometheus"],
    services: {
      "jaeger-agent": "jaeger",
      "jaeger-collector": "jaeger",
      "jaeger-query": "jaeger",
      "opensearch-headless": "opensearch",
    },
    sameNamed: [...INSTRUMENTED, "grafana", "opensearch", "otel-collector", "prometheus"],
  },
];

for (const shop of SHOPS) {
  test(`N3, N5, N10: ${shop.file}: each workload has one name, as a client and behind each of its Services`, (t) => {
    const path = sharedPath(t, "clusters", shop.file);
    if (path === null) return;
    const { objects, places } = clusterOf(path, shop.namespace);
    const observer = pod("test/observer", { ip: OBSERVER, node: "b" });
    const cluster = { objects: [...objects, observer] };
    const named = new Map<string, string>();
    for (const place of places) {
      const [first] = reported(cluster, [callOf(place)]);
      const isService = place.title.startsWith("Service");
      const end = isService ? first?.interaction.server : first?.interaction.client;
      if (end !== undefined) named.set(place.title, nameOf(end));
    }
    assert.deepEqual(new Map([...named].toSorted()), expected(shop));
  });
}

function callOf({ title, address, port, endpoint }: Place) {
  if (!title.startsWith("Service")) return connection({ at: 1, from: address, to: `${OBSERVER}:80` });
  const lastTo = endpoint === null ? {} : { lastTo: endpoint };
  return connection({ at: 1, from: OBSERVER, to: `${address}:${port}`, ...lastTo });
}

/** `service.namespace` and `service.name` of the node in the graph. */
function nameOf(end: End): string {
  return end.type === "workload" ? `${end.serviceNamespace ?? end.namespace}/${end.serviceName}` : `${end.type}`;
}

function expected({ namespace, serviceNamespace = [], workloads, services, sameNamed }: Shop): Map<string, string> {
  const name = (workload: string) =>
    `${serviceNamespace.includes(workload) ? "opentelemetry-demo" : namespace}/${workload}`;
  const kind = (workload: string) => (workload === "opensearch" ? "StatefulSet" : "Deployment");
  return new Map(
    [
      ...workloads.map((workload) => [`${kind(workload)} ${workload}`, name(workload)] as const),
      ...sameNamed.map((service) => [`Service ${service}`, name(service)] as const),
      ...Object.entries(services).map(([service, workload]) => [`Service ${service}`, name(workload)] as const),
    ].toSorted(),
  );
}
