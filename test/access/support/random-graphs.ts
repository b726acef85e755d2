import fc from "fast-check";
import type { End } from "../../../src/model/interaction.ts";
import type { GraphNode, ServiceGraph } from "../../../src/model/service-graph.ts";
import { call, graphOf, workload } from "../../answers/support/graphs.ts";
import { described, description, service } from "./described.ts";

const SERVICE_TYPES = ["ClusterIP", "NodePort", "LoadBalancer"] as const;
const NODE_PORT = 30_080;

/**
 * Graphs of workloads of two namespaces, one of them on the node's network, and of all other kinds of ends, on three ports,
 * dialed directly, and through Services of all types by cluster IP, node port and load balancer.
 */
export function graphs(): fc.Arbitrary<ServiceGraph> {
  const end = fc.oneof(
    fc.tuple(fc.nat(4), fc.constantFrom("shop", "data")).map(([n, namespace]): End => workload(`w${n}`, namespace)),
    fc.constantFrom<End>(
      { type: "node", name: "worker-1" },
      { type: "external", name: "office" },
      { type: "external", name: "api.example.com" },
      { type: "unresolved", address: "10.47.9.9" },
      { type: "service", namespace: "default", name: "kubernetes" },
      { type: "service", namespace: "shop", name: "both" },
    ),
  );
  const port = fc.constantFrom(80, 443, 5432);
  const way = fc.constantFrom("direct", "cluster IP", "node port", "translated node port", "load balancer");
  const calls = fc.array(fc.tuple(end, end, port, fc.nat(3), way), { minLength: 1, maxLength: 25 });
  const policy = fc.constantFrom("Cluster", "Local", null);
  const resolver = fc.constantFrom("10.96.0.10", "169.254.20.10", "10.47.0.53");
  return fc
    .tuple(calls, fc.constantFrom(...SERVICE_TYPES), policy, fc.array(resolver, { maxLength: 2 }))
    .map(([made, type, externalTrafficPolicy, resolvers]) => {
      const interactions = made.map(([client, server, served, host, how]) => {
        const target = { address: `203.0.113.${host}`, port: served };
        const entry = { address: "192.0.2.11", port: how === "load balancer" ? 8000 : NODE_PORT };
        const isEntry = how !== "direct" && how !== "cluster IP";
        return call(client, server, {
          dialled: how === "direct" ? target : isEntry ? entry : { address: "10.96.0.7", port: 8000 },
          serverAddress: how === "node port" ? entry : target,
          dialledService: how === "direct" ? null : `shop/${server.type === "service" ? "both" : "s"}`,
          name: how === "cluster IP" ? "s.shop.svc.cluster.local" : null,
          clientAddress: { address: `198.51.100.${host}`, port: 4000 },
        });
      });
      const ports = [{ name: null, port: 8000, targetPort: 80, nodePort: NODE_PORT }];
      const fields = { type, externalTrafficPolicy, ports };
      const resolvedBy = [...new Set(resolvers)].sort().map((address) => ({
        address,
        port: 53,
        transport: "udp" as const,
        end: address.startsWith("169.") ? null : "workload/data/w3",
      }));
      const changes: Record<string, Partial<GraphNode>> = {
        "service/shop/s": { service: service(fields) },
        "service/shop/both": { service: service({ ...fields, selector: { tier: "front" } }) },
        "service/default/kubernetes": { service: service({ clusterIPs: ["10.96.0.1"] }) },
        "service/data/dns": { service: service({ clusterIPs: ["10.96.0.10"], selector: { app: "w3" } }) },
        "workload/shop/w0": { workload: [description({ app: "w0", tier: "front" })], resolvers: resolvedBy },
        "workload/shop/w1": { workload: [description({ app: "w1", tier: "front" })] },
        "workload/data/w3": {},
        "workload/data/w2": { workload: [description({ app: "w2" }, { hostNetwork: true })] },
      };
      return described(graphOf(interactions), changes);
    });
}
