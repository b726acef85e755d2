import type { LabWorkload } from "./cluster-plan.ts";

function deployment(
  namespace: string,
  name: string,
  port: number | null,
  more: Partial<LabWorkload> = {},
): LabWorkload {
  const rare = {
    probed: false,
    droppedPort: null,
    resetPort: null,
    hostNetwork: false,
    labels: null,
    portName: null,
  };
  return { namespace, name, kind: "Deployment", port, ...rare, ...more };
}

/** Two releases of one program behind one Service, whose ports have one name and two numbers. */
function colored(color: string): Partial<LabWorkload> {
  return { labels: { app: "search", color }, portName: "http" };
}

/** All that runs, the cluster's own workloads included. */
export const WORKLOADS = {
  coredns: deployment("kube-system", "coredns", null, { labels: { "k8s-app": "kube-dns" } }),
  apiserver: deployment("kube-system", "kube-apiserver", 6443, { kind: "Node", hostNetwork: true }),
  exporter: deployment("monitoring", "node-exporter", 9100, { kind: "DaemonSet", hostNetwork: true }),
  wirespan: deployment("observability", "wirespan", null, {
    kind: "DaemonSet",
    hostNetwork: true,
    labels: { "app.kubernetes.io/name": "wirespan" },
  }),
  ingress: deployment("edge", "ingress", 8443, { kind: "DaemonSet", hostNetwork: true }),
  prometheus: deployment("monitoring", "prometheus", 9090),
  frontend: deployment("shop", "frontend", 8080, { probed: true }),
  checkout: deployment("shop", "checkout", 5050, { probed: true }),
  cart: deployment("shop", "cart", 7070, { droppedPort: 7999 }),
  payments: deployment("shop", "payments", 50051, { resetPort: 50052 }),
  catalog: deployment("shop", "catalog", 3550),
  recommendations: deployment("shop", "recommendations", 8081),
  cartCache: deployment("data", "cart-cache", 6379),
  ordersDb: deployment("data", "orders-db", 5432, { kind: "StatefulSet" }),
  report: deployment("shop", "nightly-report", 9400, { kind: "CronJob" }),
  promotions: deployment("shop", "promotions", 9400),
  searchBlue: deployment("shop", "search-blue", 8082, colored("blue")),
  searchGreen: deployment("shop", "search-green", 8083, colored("green")),
} satisfies Record<string, LabWorkload>;

/** Where the pods run (0 to 2, turned by the seed) and, for those that come or go, when. */
export const PLACES: readonly (readonly [LabWorkload, number, (readonly [number, number])?])[] = [
  [WORKLOADS.coredns, 0],
  [WORKLOADS.coredns, 1],
  [WORKLOADS.apiserver, 0],
  ...[0, 1, 2].flatMap((node) => [
    [WORKLOADS.exporter, node] as const,
    [WORKLOADS.wirespan, node] as const,
    [WORKLOADS.ingress, node] as const,
  ]),
  [WORKLOADS.prometheus, 0],
  [WORKLOADS.frontend, 0],
  [WORKLOADS.frontend, 1],
  [WORKLOADS.checkout, 1],
  [WORKLOADS.checkout, 0, [0.15, 1]],
  [WORKLOADS.cart, 0],
  [WORKLOADS.payments, 2],
  [WORKLOADS.catalog, 0],
  [WORKLOADS.catalog, 2],
  [WORKLOADS.recommendations, 1],
  [WORKLOADS.recommendations, 2, [0.3, 1]],
  [WORKLOADS.cartCache, 2],
  [WORKLOADS.ordersDb, 1],
  [WORKLOADS.report, 2, [0, 0.55]],
  [WORKLOADS.promotions, 2, [0.55, 1]],
  [WORKLOADS.searchBlue, 0],
  [WORKLOADS.searchGreen, 1],
];
