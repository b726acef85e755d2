import fc from "fast-check";
import type { End } from "../../../src/model/interaction.ts";
import type { ServiceGraph } from "../../../src/model/service-graph.ts";
import { call, graphOf, workload } from "../../answers/support/graphs.ts";
import { described } from "./described.ts";

/** Graphs of workloads of two namespaces, a node, and external ends, on three ports. */
export function graphs(): fc.Arbitrary<ServiceGraph> {
  const end = fc.oneof(
    fc.tuple(fc.nat(4), fc.constantFrom("shop", "data")).map(([n, namespace]): End => workload(`w${n}`, namespace)),
    fc.constant<End>({ type: "node", name: "worker-1" }),
    fc.constantFrom<End>({ type: "external", name: "office" }, { type: "external", name: "api.example.com" }),
  );
  const port = fc.constantFrom(80, 443, 5432);
  return fc.array(fc.tuple(end, end, port, fc.nat(3)), { minLength: 1, maxLength: 25 }).map((calls) =>
    described(
      graphOf(
        calls.map(([client, server, served, host]) =>
          call(client, server, {
            serverAddress: { address: `203.0.113.${host}`, port: served },
            clientAddress: { address: `198.51.100.${host}`, port: 4000 },
          }),
        ),
      ),
    ),
  );
}
