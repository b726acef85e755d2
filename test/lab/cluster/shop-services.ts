import { type DualAddress, type LabService, type LabWorkload, workloadKey } from "./cluster-plan.ts";
import type { Random } from "./random.ts";
import type { Numbers } from "./shop-pods.ts";
import { WORKLOADS } from "./shop-workloads.ts";

/** The Services in front of the workloads, one without endpoints, one that is only another name. */
export function planServices(random: Random, numbers: Numbers): LabService[] {
  const hosts = random.shuffled(Array.from({ length: 220 }, (_, i) => i + 20));
  const nodePorts = random.shuffled(Array.from({ length: 2000 }, (_, i) => i + 30100));
  const clusterIp = (host: number): DualAddress => ({
    v4: `${numbers.services}.${host}`,
    v6: `fd96:${numbers.lan}::${host.toString(16)}`,
  });
  const service = (
    workload: LabWorkload | readonly LabWorkload[] | null,
    namespace: string,
    name: string,
    more: Partial<LabService>,
  ) => ({
    namespace,
    name,
    clusterIp: clusterIp(hosts.pop() ?? 0),
    headless: false,
    ports: [],
    protocol: "TCP" as const,
    workloads: [workload ?? []].flat().map(workloadKey),
    externalName: null,
    ...more,
  });
  const plain = (workload: LabWorkload, port: number, nodePort: number | null = null, extra: [number, number][] = []) =>
    service(workload, workload.namespace, workload.name, {
      ports: [
        { name: "main", port, targetPort: workload.port ?? 0, targetName: null, nodePort },
        ...extra.map(([port, targetPort], i) => ({
          name: `extra-${i}`,
          port,
          targetPort,
          targetName: null,
          nodePort: null,
        })),
      ],
    });
  return [
    service(WORKLOADS.apiserver, "default", "kubernetes", {
      clusterIp: clusterIp(1),
      ports: [{ name: "https", port: 443, targetPort: 6443, targetName: null, nodePort: null }],
    }),
    service(WORKLOADS.coredns, "kube-system", "kube-dns", {
      clusterIp: clusterIp(10),
      protocol: "DNS",
      ports: [{ name: "dns", port: 53, targetPort: 53, targetName: null, nodePort: null }],
    }),
    plain(WORKLOADS.frontend, 80, nodePorts.pop() ?? null),
    // The first extra port of the cart is closed; the pod drops packets to the second one.
    plain(WORKLOADS.cart, 7070, null, [
      [7998, 7998],
      [7999, 7999],
    ]),
    plain(WORKLOADS.checkout, 80, nodePorts.pop() ?? null),
    plain(WORKLOADS.payments, 50051, null, [[50052, 50052]]),
    plain(WORKLOADS.catalog, 80),
    plain(WORKLOADS.recommendations, 8080),
    plain(WORKLOADS.cartCache, 6379),
    plain(WORKLOADS.promotions, 80),
    plain(WORKLOADS.exporter, 9100),
    service(WORKLOADS.ordersDb, "data", "orders-db", {
      clusterIp: null,
      headless: true,
      ports: [{ name: "postgres", port: 5432, targetPort: 5432, targetName: null, nodePort: null }],
    }),
    service(null, "shop", "legacy-inventory", {
      ports: [{ name: "http", port: 80, targetPort: 8080, targetName: null, nodePort: null }],
    }),
    service(null, "shop", "ledger", { clusterIp: null, externalName: "ledger.partner.example.net" }),
    service([WORKLOADS.searchBlue, WORKLOADS.searchGreen], "shop", "search", {
      ports: [{ name: "web", port: 80, targetPort: 0, targetName: "http", nodePort: null }],
    }),
  ];
}
