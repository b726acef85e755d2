import type { Labels, ServiceGraph } from "../../../src/model/service-graph.ts";
import { call, graphOf } from "../../answers/support/graphs.ts";
import { described, description, service } from "./described.ts";

/** A client that dialed the cluster IP of a Service whose target port is a name, at whose pods nothing was seen. */
export function namedPort(selector: Labels | null): ServiceGraph {
  const at = { address: "10.96.0.43", port: 80 };
  const ports = [{ name: null, port: 80, targetPort: "http", nodePort: null }];
  return described(graphOf([call("frontend", "web", { dialledService: "shop/web", dialled: at, serverAddress: at })]), {
    "service/shop/web": { service: service({ selector, ports }) },
    "workload/shop/web": { workload: [description({ app: "web" })] },
  });
}
