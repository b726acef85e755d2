import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { GraphDescriptions } from "../../src/descriptions/graph-descriptions.ts";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import type { KubernetesObject } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import { objectFault } from "../../src/kubernetes/objects/object-fault.ts";
import type { GraphNode, Labels } from "../../src/model/service-graph.ts";
import { sharedPath } from "../support/paths.ts";

interface Shop {
  readonly file: string;
  readonly workloads: number;
  /** Workloads whose manifest hints at the language; all others have none. */
  readonly languages: Readonly<Record<string, string>>;
}

const SHOPS: readonly Shop[] = [
  { file: "online-boutique.kubernetes-manifests.yaml", workloads: 12, languages: {} },
  {
    file: "opentelemetry-demo.yaml",
    workloads: 25,
    languages: {
      cart: "dotnet",
      checkout: "go",
      flagd: "go",
      grafana: "go",
      "otel-collector": "go",
      "product-catalog": "go",
    },
  },
  {
    file: "sock-shop.complete-demo.yaml",
    workloads: 14,
    languages: { carts: "java", orders: "java", "queue-master": "java", shipping: "java" },
  },
];

function descriptionsIn(path: string): readonly GraphNode[] {
  const objects = parseAllDocuments(readFileSync(path, "utf8")).flatMap((document): KubernetesObject[] => {
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
  for (const object of objects) assert.equal(objectFault(object), null);
  const graph = { nodes: [] as readonly GraphNode[], observed: [] };
  const { index } = new ClusterFeed(objects, []);
  const cluster = { index, scope: null, keepNodes: false, singleUnresolved: true };
  return new GraphDescriptions().describe(graph, cluster).nodes;
}

/** Names of the workloads whose pods have these labels. */
function selected(nodes: readonly GraphNode[], namespace: string | null, selector: Labels): string[] {
  const isSelected = (labels: Labels) => Object.entries(selector).every(([name, value]) => labels[name] === value);
  return nodes.flatMap((node) =>
    node.namespace === namespace && node.workload?.some(({ labels }) => isSelected(labels)) ? [node.name] : [],
  );
}

for (const { file, workloads, languages } of SHOPS) {
  test(`${file}: each selector selects its own workload, and each Service one`, (t) => {
    const path = sharedPath(t, "clusters", file);
    if (path === null) return;
    const nodes = descriptionsIn(path);
    const described = nodes.flatMap((node) => (node.workload ?? []).map((workload) => ({ ...node, ...workload })));
    assert.equal(described.length, workloads);
    for (const { namespace, name, selector, selectorFrom } of described) {
      assert.equal(selectorFrom, "owner", name);
      assert.deepEqual(selected(nodes, namespace, selector ?? {}), [name]);
    }
    for (const { namespace, name, service } of nodes) {
      if (service == null || service.selector === null) continue;
      assert.equal(selected(nodes, namespace, service.selector).length, 1, name);
    }
    const hints = described.flatMap(({ name, language }) => (language === null ? [] : [[name, language] as const]));
    assert.deepEqual(Object.fromEntries(hints), languages);
  });
}
